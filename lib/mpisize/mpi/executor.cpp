#include "mpisize/mpi/executor.hpp"

#include <algorithm>

#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

class Execution {
 public:
  Execution(const Workshop& shop, WorkSupply& supply, const ScatterPattern& pattern, int ranks)
      : shop_(shop),
        supply_(&supply),
        pattern_(pattern),
        workers_(ranks - 1),
        computing_(std::max(1, workers_ + (pattern.root_computes || workers_ == 0 ? 1 : 0))),
        sequence_(pattern.schedule, supply.left(), computing_,
                  std::max<std::int64_t>(1, pattern.chunk)),
        weight_at_(static_cast<std::size_t>(ranks)),
        open_weight_(supply.weight_left()),
        wait_(shop.comm->oversubscribed()),
        on_returned_([this](Returned& r) { returned(r); }) {
    shop_.dispatcher->queues_hold(pattern_.queued);
  }

  void run() {
    fill();
    while (!shop_.dispatcher->failure()) {
      const bool news = shop_.dispatcher->poll(on_returned_);
      const bool worked = root_computes() && own_slice();
      if (worked || news) {
        wait_.reset();
      } else if (shop_.dispatcher->chunks_in_flight() > 0) {
        wait_.pause();
      } else if (sequence_.left() == 0) {
        return;
      }
    }
  }

 private:
  [[nodiscard]] bool root_computes() const { return pattern_.root_computes || workers_ == 0; }

  /// A first chunk always, more only up to the depth and an even share of what is open, or half of
  /// it. Where items differ in size the next chunk is lighter than the last one.
  [[nodiscard]] bool may_send(int worker) const {
    const int queued = shop_.dispatcher->queued(worker);
    if (sequence_.left() == 0 || queued >= pattern_.queued) return false;
    return queued == 0 ||
           (weight_at_[static_cast<std::size_t>(worker)] + last_weight_) * computing_ <=
               open_weight_ * most_of_even_share(pattern_.schedule);
  }

  /// Of a static schedule every rank gets its block, also one that is still inside a sampled item.
  [[nodiscard]] bool has_block_waiting(int depth) const {
    return pattern_.schedule == Schedule::static_block && depth == 0 && sequence_.left() > 0;
  }

  void send(int worker, Chunk chunk = {}) {
    supply_->take(sequence_.next(), chunk);
    weight_at_[static_cast<std::size_t>(worker)] += chunk.weight;
    last_weight_ = chunk.weight;
    shop_.dispatcher->send(worker, std::move(chunk));
  }

  void fill() {
    for (int depth = 0; depth < pattern_.queued; ++depth) {
      for (int w = 1; w <= workers_; ++w) {
        if (has_block_waiting(depth) || (shop_.dispatcher->queued(w) <= depth && may_send(w)))
          send(w);
      }
      if (sequence_.left() == 0) return;
      if (depth == 0 && root_computes()) take_own();  // Before second helpings.
    }
  }

  void returned(Returned& r) {
    RankUse& use = (*shop_.use)[static_cast<std::size_t>(r.rank)];
    use.items += r.chunk.items;
    ++use.chunks;
    use.busy += Seconds(r.facts.busy);
    const std::int64_t items = r.chunk.items;
    open_weight_ -= r.chunk.weight;
    if (static_cast<std::size_t>(r.rank) < weight_at_.size()) {
      weight_at_[static_cast<std::size_t>(r.rank)] -= r.chunk.weight;
      while (r.rank <= workers_ && may_send(r.rank)) send(r.rank, std::move(r.chunk));
    }
    shop_.did(items);
  }

  void take_own() {
    if (own_done_ < own_.items || sequence_.left() == 0) return;
    open_weight_ -= own_.weight;  // Of the one that is done.
    supply_->take(sequence_.next(), own_);
    own_done_ = 0;
    own_run_ = 0;
    ++shop_.use->front().chunks;
  }

  /// A slice of the root's own chunk; false if there is nothing to compute.
  bool own_slice() {
    take_own();
    if (own_done_ >= own_.items) return false;
    Run& run = own_.runs[own_run_];
    const std::int64_t n = slice_.next(run.count);
    const Seconds begin = now();
    if (!compute_here(shop_, {run.first, n})) return true;
    slice_.took(n, now() - begin);
    run.first += n;
    run.count -= n;
    own_done_ += n;
    if (run.count == 0) ++own_run_;
    return true;
  }

  Workshop shop_;
  WorkSupply* supply_;
  ScatterPattern pattern_;
  int workers_;
  int computing_;
  ChunkSequence sequence_;
  std::vector<double> weight_at_;  ///< Sent to each worker and not back.
  double open_weight_;             ///< Of all that is not done.
  double last_weight_ = 1;
  PoliteWait wait_;
  std::function<void(Returned&)> on_returned_;
  Chunk own_;
  std::int64_t own_done_ = 0;
  std::size_t own_run_ = 0;
  ComputeSlice slice_;
};

}  // namespace

bool compute_here(const Workshop& shop, Run run) {
  const Seconds begin = now();
  try {
    shop.task->compute_in_place(run);
  } catch (const ItemFailure& failing) {
    shop.dispatcher->fail({failing.index, shop.comm->rank(), shop.comm->host(),
                           what_of_nested(failing), std::current_exception()});
    return false;
  }
  RankUse& use = shop.use->front();
  use.items += run.count;
  use.busy += now() - begin;
  shop.did(run.count);
  return true;
}

void execute(const Workshop& shop, WorkSupply& supply, const ScatterPattern& pattern, int ranks) {
  Execution(shop, supply, pattern, ranks).run();
}

}  // namespace mpisize
