#include "mpisize/mpi/sub_root.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "mpisize/choose/report.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/executor.hpp"
#include "mpisize/mpi/polite_wait.hpp"
#include "mpisize/mpi/relay.hpp"
#include "mpisize/mpi/supply.hpp"

namespace mpisize {
namespace {

/// Hands on what came from the root, in pieces; smaller ones where little is left.
class RelaySupply final : public Supply {
 public:
  RelaySupply(Relay& relay, const SubRoots& terms, int ranks)
      : relay_(&relay),
        terms_(terms),
        computing_(std::max(1, ranks - (terms.compute ? 0 : 1))),
        control_(terms.piece, Seconds(0), ranks, true),
        items_at_(static_cast<std::size_t>(ranks)) {}

  bool take(int rank, int queued, Chunk& chunk) override {
    if (relay_->left() == 0 || queued >= terms_.queued) return false;
    // Inside an item of its own the sub-root takes in nothing: it computes while all others will
    // have enough meanwhile.
    const bool own = rank == root_rank && computing_ > 1;
    if (own && relay_->left() < computing_ * terms_.piece) return false;
    std::int64_t& here = items_at_[static_cast<std::size_t>(rank)];
    const std::int64_t count =
        std::min(terms_.piece, (relay_->left() + computing_ - 1) / computing_);
    if (queued > 0 && (here + count) * computing_ > relay_->undone()) return false;
    relay_->take(count, chunk);
    here += chunk.items;
    return true;
  }
  void returned(int rank, const Chunk& chunk, Seconds busy) override {
    items_at_[static_cast<std::size_t>(rank)] -= chunk.items;
    busy_ = busy;
  }
  [[nodiscard]] bool exhausted() const override { return ended_; }
  [[nodiscard]] const ChunkControl& control() const override { return control_; }

  /// Of the chunk that was returned last.
  [[nodiscard]] Seconds busy() const { return busy_; }
  void end() { ended_ = true; }

 private:
  Relay* relay_;
  SubRoots terms_;
  int computing_;
  ChunkControl control_;
  std::vector<std::int64_t> items_at_;  ///< By rank: handed out and not back.
  Seconds busy_{};
  bool ended_ = false;
};

class SubRoot {
 public:
  SubRoot(Communicator& up, Communicator& down, Task& task, const SubRoots& order, int ranks,
          std::vector<int> home_ranks, const CallTerms& terms)
      : up_(&up),
        down_(&down),
        task_(&task),
        relay_(task),
        order_(order),
        ranks_(ranks),
        home_ranks_(std::move(home_ranks)),
        supply_(relay_, order, ranks),
        use_(static_cast<std::size_t>(down.size())),
        dispatcher_(down, relay_),
        wait_(up.oversubscribed()) {
    // How many items may be lost the root decides, who is told of each.
    dispatcher_.agree(terms, std::numeric_limits<std::int64_t>::max());
  }

  Ending serve() {
    ScatterPattern inside;
    inside.chunk = order_.piece;
    inside.queued = order_.queued;
    inside.root_computes = order_.compute || ranks_ == 1;
    try {
      (void)execute({down_, &dispatcher_, &relay_, &use_, [this](const Chunk& c) { settle(c); },
                     [this] { return take_in(); }, [](std::int64_t) { return std::nullopt; }},
                    supply_, inside, ranks_);
    } catch (const MpiError&) {
      throw;  // Nobody can be told.
    } catch (const std::exception&) {
      dispatcher_.fail(
          {0, down_->home_rank(), down_->host(), what_of_current(), std::current_exception()});
    }
    tell_losses();
    if (!cancelled_ && dispatcher_.failure()) tell_failure(*dispatcher_.failure());
    while (!ended_) {
      if (cancelled_) drop();
      if (take_in() > 0) {
        wait_.reset();
      } else {
        wait_.pause();
      }
    }
    return end();
  }

 private:
  Outbox& out() { return up_->outbox(root_rank); }
  void answer(const RecordHeader& header) {
    (void)out().data();
    out().send(header);
  }

  /// Looks at what the root has sent; how much was news.
  std::int64_t take_in() {
    std::int64_t news = 0;
    while (!stop_) {
      const Inbox::Arrival* const there = up_->inbox().look();
      if (there == nullptr) break;
      ++news;
      take(*there);
      up_->inbox().done_with();
    }
    if (stop_ && !ended_ && stop_->pieces.done()) {
      ended_ = true;
      supply_.end();
      ++news;
    }
    tell_losses();
    return news + relay_.open();
  }

  void take(const Inbox::Arrival& arrival) {
    const RecordHeader& header = arrival.header;
    switch (header.kind) {
      case FrameKind::work:
        return receive(arrival, relay_.expect(header));
      case FrameKind::stop:
        return receive(arrival, stop_.emplace(Relay::Incoming{header, {}, {}}));
      case FrameKind::recall:
        return answer({.kind = FrameKind::recalled, .run = {0, relay_.give_back()}});
      case FrameKind::cancel:
        cancelled_ = true;
        return dispatcher_.fail(  // Ends what is under way here, too.
            {std::numeric_limits<std::int64_t>::max(), root_rank, up_->host(), "", nullptr});
      case FrameKind::tally:
        return tell_use();
      case FrameKind::open_sink:
        dispatcher_.tell_all(FrameKind::open_sink, header.run.count);
        return together([&] { task_->open_sink(header.run.count); });
      case FrameKind::flush:
        dispatcher_.tell_all(FrameKind::flush, 0);
        return together([&] { task_->flush_sink(); });
      default:
        throw std::runtime_error("the root sent a message that makes no sense to a sub-root");
    }
  }

  void receive(const Inbox::Arrival& arrival, Relay::Incoming& in) {
    in.data.resize(arrival.data_size);
    if (arrival.header.data_follows) {
      in.pieces.receive(in.data, root_rank, up_->get());
    } else {
      std::copy(arrival.data.begin(), arrival.data.end(), in.data.begin());
    }
  }

  void settle(const Chunk& piece) {
    results_.clear();
    const auto done = relay_.settle(piece, supply_.busy(), results_);
    if (!done) return;
    tell_losses();  // Before the chunk: with the last one the root stops listening.
    Facts facts;
    facts.busy = done->busy / ranks_;
    out().data().swap(results_);
    out().send({.kind = FrameKind::result, .run_count = done->before}, facts);
  }

  void tell_losses() {
    const auto& lost = dispatcher_.lost();
    for (; told_losses_ < lost.size(); ++told_losses_) {
      const DeadLetter& item = lost[told_losses_];
      tell({.kind = FrameKind::lost_item, .run = {item.index, item.tries}}, item.rank, item.host,
           item.message);
    }
  }

  void tell_failure(const Failure& failure) {
    tell({.kind = FrameKind::failure, .run = {failure.item, 1}}, failure.rank, failure.host,
         failure.what);
  }

  void tell(RecordHeader header, int member, const std::string& host, const std::string& what) {
    header.run_count = member;
    const std::string text = host + '\n' + what;
    const auto bytes = std::as_bytes(std::span(text));
    out().data().assign(bytes.begin(), bytes.end());
    out().send(header);
  }

  void tell_use() {
    constexpr std::size_t at_once = 64;  // They fit into a frame.
    for (std::size_t from = 0; from < use_.size(); from += at_once) {
      const std::size_t to = std::min(use_.size(), from + at_once);
      std::vector<RankTally> some;
      for (std::size_t m = from; m < to; ++m) {
        some.push_back({home_ranks_[m], use_[m].items, use_[m].chunks, use_[m].busy.value()});
      }
      const auto bytes = std::as_bytes(std::span(some));
      out().data().assign(bytes.begin(), bytes.end());
      out().send(
          {.kind = FrameKind::tallied, .run = {0, static_cast<std::int64_t>(use_.size() - to)}});
    }
  }

  /// After a cancel: nothing more comes from here.
  void drop() {
    cancelled_ = false;
    dispatcher_.cancel();
    answer({.kind = FrameKind::cancelled});
  }

  Ending end() {
    const std::string text(reinterpret_cast<const char*>(stop_->data.data()), stop_->data.size());
    out().flush();
    while (out().pending() > 0) wait_.pause();
    dispatcher_.stop(stop_->header.reason, text);
    Ending ending{stop_->header.reason, text, {}};
    if (const auto& failure = dispatcher_.failure(); failure && failure->thrown) {
      ending.own_failure = {failure->item, failure->thrown};
    }
    return ending;
  }

  Communicator* up_;
  Communicator* down_;
  Task* task_;
  Relay relay_;
  SubRoots order_;
  int ranks_;  ///< Of the group, that take part.
  std::vector<int> home_ranks_;
  RelaySupply supply_;
  std::vector<RankWork> use_;
  Dispatcher dispatcher_;
  PoliteWait wait_;
  ByteBuffer results_;
  std::optional<Relay::Incoming> stop_;
  std::size_t told_losses_ = 0;
  bool cancelled_ = false;
  bool ended_ = false;
};

}  // namespace

Ending serve_as_sub_root(const Communicator& home, Teams& teams, Task& task,
                         const Regrouping& order, const CallTerms& terms) {
  const std::vector<int> sub_root = sub_roots_of(home.hosts(), order.group);
  std::vector<int> members;
  int taking_part = 0;
  for (int r = 1; r < home.size(); ++r) {
    if (sub_root[static_cast<std::size_t>(r)] != home.rank()) continue;
    members.push_back(r);
    if (r < order.ranks) ++taking_part;
  }
  const SubRoots terms_of_group{order.group, order.piece, order.queued, order.compute != 0};
  return SubRoot(*teams.leaders, *teams.members, task, terms_of_group, std::max(1, taking_part),
                 members, terms)
      .serve();
}

}  // namespace mpisize
