#include "mpisize/mpi/sub_root.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "mpisize/choose/report.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/dispatch_tree.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/executor.hpp"
#include "mpisize/mpi/polite_wait.hpp"
#include "mpisize/mpi/relay.hpp"
#include "mpisize/mpi/relay_supply.hpp"

namespace mpisize {
namespace {

std::size_t at(int rank) { return static_cast<std::size_t>(rank); }

/// Those that a sub-root dispatches to.
struct Team {
  std::vector<int> home_ranks;  ///< Itself first.
  Handing handing;
  bool sub_roots = false;  ///< They dispatch themselves.
};

/// Of this rank.
Team team_of(const Communicator& home, const Regrouping& order) {
  const SubRoots& sub = order.sub_roots;
  const DispatchTree tree =
      dispatch_tree(home.hosts(), sub.group, sub.racks ? sub.racks->groups : 0);
  Team team{tree.team_of(home.rank()), {sub.piece, sub.queued, {}}};
  const int taking_part = std::max(1, tree.taking_part(home.rank(), order.ranks));
  std::vector<int>& computing = team.handing.computing;
  for (const int rank : team.home_ranks) {
    team.sub_roots = team.sub_roots || (rank != home.rank() && tree.dispatches[at(rank)]);
    if (std::ssize(computing) < taking_part) {
      computing.push_back(std::max(1, tree.taking_part(rank, order.ranks)));
    }
  }
  if (team.sub_roots) {
    team.handing.piece = sub.racks->piece;
    team.handing.queued = sub.racks->queued;
  }
  const bool computes = taking_part == 1 || (sub.compute && !team.sub_roots);
  computing.front() = computes ? 1 : 0;
  return team;
}

class SubRoot {
 public:
  SubRoot(Teams& teams, Task& task, Team team, const CallTerms& terms)
      : up_(teams.up.get()),
        down_(teams.down.get()),
        task_(&task),
        relay_(task),
        team_(std::move(team)),
        width_(static_cast<double>(team_.handing.computing.size())),
        supply_(relay_, team_.handing),
        use_(team_.home_ranks.size()),
        dispatcher_(*down_, relay_),
        wait_(up_->oversubscribed()) {
    if (team_.sub_roots && width_ > 1) --width_;
    // How many items may be lost the root decides, who is told of each.
    dispatcher_.agree(terms, std::numeric_limits<std::int64_t>::max());
  }

  Ending serve() {
    ScatterPattern inside;
    inside.chunk = team_.handing.piece;
    inside.queued = team_.handing.queued;
    inside.root_computes = team_.handing.computing.front() > 0;
    try {
      (void)execute({down_, &dispatcher_, &relay_, &use_, [this](const Chunk& c) { settle(c); },
                     [this] { return take_in(); }, [](std::int64_t) { return std::nullopt; }},
                    supply_, inside, static_cast<int>(team_.handing.computing.size()));
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
      case FrameKind::terms:
        return;  // The root has told all ranks.
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
    facts.busy = done->busy / width_;
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

  /// Of every rank behind this one, and of this one.
  [[nodiscard]] std::vector<RankTally> tally() {
    std::vector<RankTally> all;
    if (team_.sub_roots) all = dispatcher_.tally();
    for (std::size_t m = 0; m < (team_.sub_roots ? 1 : use_.size()); ++m) {
      all.push_back({team_.home_ranks[m], use_[m].items, use_[m].chunks, use_[m].busy.value()});
    }
    return all;
  }

  void tell_use() {
    constexpr std::size_t at_once = 64;  // They fit into a frame.
    const std::vector<RankTally> all = tally();
    for (std::size_t from = 0; from < all.size(); from += at_once) {
      const std::size_t to = std::min(all.size(), from + at_once);
      const auto bytes = std::as_bytes(std::span(all).subspan(from, to - from));
      out().data().assign(bytes.begin(), bytes.end());
      out().send(
          {.kind = FrameKind::tallied, .run = {0, static_cast<std::int64_t>(all.size() - to)}});
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
  Team team_;
  double width_;  ///< Ranks of the team that are busy side by side.
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
  return SubRoot(teams, task, team_of(home, order), terms).serve();
}

}  // namespace mpisize
