#include "mpisize/mpi/executor.hpp"

#include <algorithm>

#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/attempts.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

class Execution {
 public:
  Execution(const Workshop& shop, Supply& supply, const ScatterPattern& pattern, int ranks)
      : shop_(shop),
        supply_(&supply),
        pattern_(pattern),
        workers_(ranks - 1),
        items_at_(static_cast<std::size_t>(shop.comm->size())),
        wait_(shop.comm->oversubscribed()),
        on_returned_([this](Returned& r) { returned(r); }) {
    shop_.dispatcher->queues_hold(pattern_.queued);
  }

  std::optional<std::string> run() {
    fill();
    while (!shop_.dispatcher->failure()) {
      const bool news = shop_.dispatcher->poll(on_returned_);
      const bool let_go = shop_.deliver() > 0;
      look_for_a_reason_to_stop();
      if (refused_ && (let_go || news)) fill();
      const bool worked = root_computes() && own_slice();
      if (worked || news || let_go) {
        wait_.reset();
      } else if (!stopped_ && supply_->prepare()) {
        if (refused_) fill();
      } else if (shop_.dispatcher->chunks_in_flight() > 0) {
        wait_.pause();
      } else if (stopped_ || supply_->exhausted()) {
        // The end of a source, just found, may have completed a batch.
        if (shop_.deliver() == 0) return stopped_;
      } else {
        fill();  // Nothing is under way: the window has room, or the source has ended.
        if (shop_.dispatcher->chunks_in_flight() == 0 && own_done_ >= own_.items) wait_.pause();
      }
    }
    return stopped_;
  }

 private:
  [[nodiscard]] bool root_computes() const { return pattern_.root_computes || workers_ == 0; }

  /// False if the rank gets nothing now.
  bool send(int worker, Chunk chunk = {}) {
    if (stopped_) return false;
    const auto w = static_cast<std::size_t>(worker);
    if (!may_begin(items_at_[w])) return false;
    if (!supply_->take(worker, shop_.dispatcher->queued(worker), chunk)) {
      refused_ = true;
      return false;
    }
    items_at_[w] += chunk.items;
    shop_.dispatcher->send(worker, std::move(chunk));
    return true;
  }

  void fill() {
    refused_ = false;
    for (int depth = 0; depth < pattern_.queued; ++depth) {
      for (int w = 1; w <= workers_; ++w) {
        const bool block_is_due = pattern_.schedule == Schedule::static_block && depth == 0;
        if (block_is_due || shop_.dispatcher->queued(w) <= depth) send(w);
      }
      if (supply_->exhausted() || stopped_) return;
      if (depth == 0 && root_computes()) take_own();  // Before second helpings.
    }
  }

  void returned(Returned& r) {
    RankWork& use = (*shop_.use)[static_cast<std::size_t>(r.rank)];
    use.items += r.chunk.items;
    ++use.chunks;
    use.busy += Seconds(r.facts.busy);
    std::int64_t& items_at = items_at_[static_cast<std::size_t>(r.rank)];
    items_at = std::max<std::int64_t>(0, items_at - r.chunk.items);
    supply_->returned(r.rank, r.chunk, Seconds(r.facts.busy));
    shop_.settle(r.chunk);
    while (r.rank <= workers_ && send(r.rank, std::move(r.chunk))) {
    }
  }

  void take_own() {
    if (own_done_ < own_.items || stopped_ || !may_begin(0)) return;
    if (!supply_->take(root_rank, 0, own_)) {
      refused_ = true;
      return;
    }
    shop_.task->prepare_own(own_.runs);
    own_done_ = 0;
    own_run_ = 0;
    own_at_ = 0;
    own_busy_ = Seconds(0);
    ++shop_.use->front().chunks;
  }

  /// A slice of the root's own chunk; false if there is nothing to compute.
  bool own_slice() {
    take_own();
    if (own_done_ >= own_.items) return false;
    const Run& run = own_.runs[own_run_];
    const std::int64_t n = slice_.next(run.count - own_at_);
    const Seconds begin = now();
    if (!compute_here(shop_, {run.first + own_at_, n})) return true;
    const Seconds took = now() - begin;
    slice_.took(n, took);
    own_busy_ += took;
    own_done_ += n;
    own_at_ += n;
    if (own_at_ == run.count) {
      ++own_run_;
      own_at_ = 0;
    }
    if (own_done_ == own_.items) {
      supply_->returned(root_rank, own_, own_busy_);
      shop_.settle(own_);
    }
    return true;
  }

  /// No chunk is begun that cannot be finished in time; what waits at the workers comes back.
  bool may_begin(std::int64_t items_before) {
    if (!stopped_) {
      if (auto why = shop_.stop(items_before)) stop(std::move(*why));
    }
    return !stopped_;
  }

  void look_for_a_reason_to_stop() { (void)may_begin(0); }

  void stop(std::string why) {
    stopped_ = std::move(why);
    shop_.dispatcher->recall();
  }

  Workshop shop_;
  Supply* supply_;
  ScatterPattern pattern_;
  int workers_;
  std::vector<std::int64_t> items_at_;  ///< By rank: sent and not back.
  PoliteWait wait_;
  std::function<void(Returned&)> on_returned_;
  std::optional<std::string> stopped_;
  bool refused_ = false;  ///< Someone got nothing although there may be more.
  Chunk own_;
  std::int64_t own_done_ = 0;
  std::size_t own_run_ = 0;
  std::int64_t own_at_ = 0;  ///< Items done of that run.
  Seconds own_busy_{};
  ComputeSlice slice_;
};

}  // namespace

bool compute_here(const Workshop& shop, Run run) {
  const Seconds begin = now();
  const CallTerms& terms = shop.dispatcher->terms();
  try {
    attempt(
        terms.retry, terms.keep_going, run.first, run.count,
        [&](std::int64_t first, std::int64_t n) {
          shop.task->compute_in_place({first, n});
        },
        [&](const LostItem& item) {
          return shop.dispatcher->lose(
              {item.index, shop.comm->home_rank(), shop.comm->host(), item.tries, item.what});
        });
  } catch (const ItemFailure& failing) {
    shop.dispatcher->fail({failing.index, shop.comm->home_rank(), shop.comm->host(),
                           what_of_nested(failing), std::current_exception()});
    return false;
  }
  RankWork& use = shop.use->front();
  use.items += run.count;
  use.busy += now() - begin;
  return true;
}

std::optional<std::string> execute(const Workshop& shop, Supply& supply,
                                   const ScatterPattern& pattern, int ranks) {
  return Execution(shop, supply, pattern, ranks).run();
}

}  // namespace mpisize
