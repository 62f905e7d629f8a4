/// The root and its workers while they are replayed. Private.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "mpisize/model/crew_state.hpp"
#include "mpisize/model/replay.hpp"
#include "mpisize/model/replay_window.hpp"

namespace mpisize {

/// Results on their way to the root.
struct ReplayArrival {
  double time = 0;
  int worker = 0;
  std::int64_t items = 0;
  double weight = 0;
  std::int64_t number = 0;  ///< Of the chunk, in the order of handing out.
  bool at_port = false;     ///< Comes from another node and has still to pass the root's port.
};
struct ReplayLater {
  bool operator()(const ReplayArrival& a, const ReplayArrival& b) const {
    return a.time != b.time ? a.time > b.time : a.worker > b.worker;
  }
};

/// What of a long run of fixed chunks is played. A round is one chunk per rank that computes.
struct ReplayCut {
  int segments =
      1;  ///< Each is played for a while and then jumped over; more where item times have a trend.
  std::int64_t warm_up = 3;  ///< Rounds back before the steady state is looked at.
  std::int64_t window = 12;  ///< Rounds back while it is looked at, then comes the jump.
  std::int64_t tail = 4;     ///< Rounds still to be handed out after the last jump.
};

/// State of the replay, averaged over a round: workers in step return in bursts.
struct ReplayMark {
  double time = 0;
  double done = 0;      ///< Items back.
  double executed = 0;  ///< Seconds of work that all ranks have behind them.
  double excess = 0;    ///< Seconds by which items of the root outlasted the workers' queues.
  double own = 0;       ///< Those items, and the shorter ones.
  int samples = 0;
};

class ReplayRun {
 public:
  /// `representatives` workers stand for all, each for as many of them: items are as many times
  /// fewer. Of a crew, `crew_ranks` stand for all.
  ReplayRun(const Situation& s, int ranks, const ScatterPattern& pattern, int representatives,
            int crew_ranks, std::uint64_t seed);

  [[nodiscard]] std::int64_t chunks() const {
    return chunk_count(pattern_->schedule, items_, computing_, pattern_->chunk);
  }
  [[nodiscard]] int computing() const { return computing_; }

  void cut(const ReplayCut& cut);
  Replayed play();

 private:
  void man_crews(int groups, int crew_ranks);
  void put_workers_on_nodes(int ranks);

  // The root and its messages.
  void fill();
  [[nodiscard]] bool may_send(std::size_t w);
  void send(std::size_t w);
  [[nodiscard]] double crew_done(std::size_t w, double arrive, std::int64_t first,
                                 std::int64_t count);
  [[nodiscard]] const ReplayArrival& next_arrival();
  bool take_arrivals();
  void take_own();
  bool own_work();

  /// One after the other through the port.
  double pass(double& port, double from, std::int64_t items, double per_item) const {
    port = std::max(port, from) + static_cast<double>(items) * per_item * scale_;
    return port;
  }

  void handle(double cost) {
    root_ += cost * scale_;
    result_.root_busy += cost * scale_;
    ++result_.events;
  }

  [[nodiscard]] double share(std::int64_t items) const {
    return message_share(s_->costs, static_cast<double>(items) * s_->work.mean * slow_,
                         pattern_->queued);
  }

  /// Weight is what predicts the time: size, or the number of items.
  [[nodiscard]] double weight(std::int64_t first, std::int64_t count) const {
    return s_->work.size_sums.empty() ? static_cast<double>(count) : s_->work.units(first, count);
  }

  /// An item's time follows from seed and position alone: plans are compared on the same draws.
  [[nodiscard]] double draw(std::int64_t first, std::int64_t count) const {
    constexpr std::uint64_t step_of_random = 0x9e3779b97f4a7c15U;
    Random random(seed_ + static_cast<std::uint64_t>(first) * step_of_random);
    return draw_time(s_->work, first, count, random) * slow_;
  }

  [[nodiscard]] double slice() const;

  /// What a worker has to do while the root is inside an item.
  [[nodiscard]] double queue_seconds() const {
    return static_cast<double>(pattern_->queued * pattern_->chunk) * s_->work.mean * slow_;
  }

  // What is played of a long run.
  [[nodiscard]] std::int64_t place(std::int64_t count);
  [[nodiscard]] std::int64_t round() const { return computing_ * pattern_->chunk; }
  /// Items before the tail that are cut into segments.
  [[nodiscard]] std::int64_t segment_begin(int segment) const {
    const std::int64_t cuttable = items_ - cut_->tail * round();
    return static_cast<std::int64_t>(static_cast<double>(cuttable) * segment / cut_->segments);
  }
  [[nodiscard]] bool cutting() const { return cut_ && segment_ < cut_->segments; }
  void count_done(std::int64_t items);
  void mark(ReplayMark& m) const;
  void jump();

  const Situation* s_;
  const ScatterPattern* pattern_;
  double scale_;
  int computing_;
  Paces paces_;
  double slow_;  ///< Mean pace.
  std::int64_t items_;
  ChunkSequence sequence_;
  ReplayWindow window_;
  std::uint64_t seed_;
  std::vector<int> queued_;
  std::vector<double> weight_at_;
  double open_weight_;
  double last_weight_ = 1;
  double own_weight_ = 0;
  std::vector<double> free_at_;
  std::vector<double> pace_;  ///< Of each worker, then of the root: time over expected time.
  double ranks_computing_;
  double share_of_crew_ = 1;      ///< Ranks for which one that is played stands.
  std::vector<CrewState> crews_;  ///< By worker; empty: workers compute themselves.
  std::vector<Distance> way_;     ///< Of each worker.
  std::priority_queue<ReplayArrival, std::vector<ReplayArrival>, ReplayLater> arrivals_;
  double root_ = 0;
  double port_out_ = 0;  ///< When it is free again.
  double port_in_ = 0;
  double uplink_out_ = 0;
  double uplink_in_ = 0;
  std::int64_t position_ = 0;
  std::int64_t own_place_ = 0;
  std::int64_t own_number_ = 0;  ///< Of the root's chunk.
  std::int64_t own_left_ = 0;
  std::int64_t in_flight_ = 0;
  double work_handed_ = 0;
  std::int64_t done_ = 0;
  std::int64_t own_items_ = 0;
  double excess_ = 0;
  double mean_excess_ = 0;
  std::optional<ReplayCut> cut_;
  bool caught_up_ = false;
  int segment_ = 0;
  std::int64_t handed_chunks_ = 0;
  std::int64_t done_at_begin_ = 0;  ///< Of the segment.
  std::int64_t window_from_ = 0;
  std::int64_t next_mark_ = 0;
  ReplayMark first_;
  ReplayMark last_;
  double skipped_time_ = 0;
  double skipped_work_ = 0;
  Replayed result_;
};

}  // namespace mpisize
