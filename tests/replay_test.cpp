#include "mpisize/model/replay.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <vector>

#include "made_kernels.hpp"

namespace mpisize {
namespace {

constexpr std::int64_t all_chunks = std::int64_t{1} << 40;

Situation situation(Workload work, const StageCosts& costs) {
  Situation s;
  s.work = std::move(work);
  s.cpus = 1 << 20;
  s.costs = costs;
  return s;
}

ScatterPattern pattern(Schedule schedule, std::int64_t chunk, int queued, bool root_computes) {
  ScatterPattern p;
  p.schedule = schedule;
  p.chunk = chunk;
  p.queued = queued;
  p.root_computes = root_computes;
  return p;
}

/// The protocol acted out: everybody's queue is kept as it is, and each time all of them are looked
/// through.
class Naive {
 public:
  Naive(const std::vector<double>& times, const StageCosts& costs, int ranks,
        const ScatterPattern& p)
      : times_(&times),
        costs_(&costs),
        p_(&p),
        computing_(ranks - (p.root_computes ? 0 : 1)),
        sequence_(p.schedule, static_cast<std::int64_t>(times.size()), computing_, p.chunk),
        workers_(static_cast<std::size_t>(ranks - 1)) {
    double sum = 0;
    for (const double t : times) sum += t;
    const double mean = sum / static_cast<double>(times.size());
    slice_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(20e-6 / mean));
  }

  double run() {
    // A round of one chunk each, the root's own, then second chunks, third ones ...
    for (int depth = 0; depth < p_->queued; ++depth) {
      for (Worker& w : workers_) {
        if (held(w) == depth && wants(w)) send(w);
      }
      if (depth == 0 && p_->root_computes) take_own();
    }
    while (true) {
      for (Worker& w : workers_) work_until(w, now_);
      if (Worker* w = earliest(); w != nullptr && w->results.front().time <= now_) {
        const Chunk c = w->results.front();
        w->results.pop_front();
        done_ += c.count;
        now_ += handling(c.count);
        while (wants(*w)) send(*w);
        continue;
      }
      if (p_->root_computes && own_.count == 0) take_own();
      if (own_.count > 0) {
        const std::int64_t n = std::min(slice_, own_.count);
        now_ += seconds(own_.first, n);
        own_.first += n;
        own_.count -= n;
        continue;
      }
      double next = std::numeric_limits<double>::infinity();
      for (Worker& w : workers_) {
        if (!w.results.empty()) {
          next = std::min(next, w.results.front().time);
        } else if (w.busy) {
          next = std::min(next, w.free_at + costs_->one_way);
        } else if (!w.queue.empty()) {
          next = std::min(next, w.queue.front().time);
        }
      }
      if (std::isinf(next)) return now_;
      now_ = std::max(now_, next);
    }
  }

 private:
  struct Chunk {
    std::int64_t first = 0;
    std::int64_t count = 0;
    double time = 0;  ///< Of arrival.
  };
  struct Worker {
    std::deque<Chunk> queue;    ///< Sent, not begun.
    std::deque<Chunk> results;  ///< Computed, not received.
    Chunk current;
    bool busy = false;
    double free_at = 0;
  };

  double seconds(std::int64_t first, std::int64_t count) const {
    double sum = 0;
    for (std::int64_t i = first; i < first + count; ++i)
      sum += (*times_)[static_cast<std::size_t>(i)];
    return sum;
  }
  double handling(std::int64_t count) const {
    return (costs_->root_per_chunk + static_cast<double>(count) * costs_->root_per_item) / 2;
  }
  static int held(const Worker& w) {
    return static_cast<int>(w.queue.size() + w.results.size()) + (w.busy ? 1 : 0);
  }
  static std::int64_t items_at(const Worker& w) {
    std::int64_t sum = w.busy ? w.current.count : 0;
    for (const Chunk& c : w.queue) sum += c.count;
    for (const Chunk& c : w.results) sum += c.count;
    return sum;
  }
  bool wants(const Worker& w) const {
    if (sequence_.left() == 0 || held(w) >= p_->queued) return false;
    if (held(w) == 0) return true;
    const auto open = static_cast<double>(static_cast<std::int64_t>(times_->size()) - done_);
    return static_cast<double>((items_at(w) + last_) * computing_) <=
           open * most_of_even_share(p_->schedule);
  }
  Chunk next_chunk() {
    const Chunk c{given_, sequence_.next(), 0};
    given_ += c.count;
    return c;
  }
  void take_own() {
    if (sequence_.left() == 0) return;
    done_ += own_items_;  // The root's own chunk is open until the next one.
    own_ = next_chunk();
    own_items_ = own_.count;
  }
  void send(Worker& w) {
    Chunk c = next_chunk();
    last_ = c.count;
    now_ += handling(c.count);
    c.time = now_ + costs_->one_way;
    w.queue.push_back(c);
  }
  void work_until(Worker& w, double until) const {
    while (true) {
      if (w.busy && w.free_at <= until) {
        w.results.push_back({w.current.first, w.current.count, w.free_at + costs_->one_way});
        w.busy = false;
      }
      if (w.busy || w.queue.empty()) return;
      const double start = std::max(w.free_at, w.queue.front().time);
      if (start > until) return;
      w.current = w.queue.front();
      w.queue.pop_front();
      w.busy = true;
      w.free_at = start + costs_->worker_per_chunk +
                  static_cast<double>(w.current.count) * costs_->worker_per_item +
                  seconds(w.current.first, w.current.count);
    }
  }
  Worker* earliest() {
    Worker* first = nullptr;
    for (Worker& w : workers_) {
      if (w.results.empty()) continue;
      if (first == nullptr || w.results.front().time < first->results.front().time) first = &w;
    }
    return first;
  }

  const std::vector<double>* times_;
  const StageCosts* costs_;
  const ScatterPattern* p_;
  int computing_;
  ChunkSequence sequence_;
  std::vector<Worker> workers_;
  Chunk own_;
  std::int64_t given_ = 0;
  std::int64_t done_ = 0;
  std::int64_t own_items_ = 0;
  std::int64_t last_ = 1;
  std::int64_t slice_ = 1;
  double now_ = 0;
};

TEST(Replay, AgreesWithTheProtocolActedOut) {
  Random random(2);
  for (int round = 0; round < 150; ++round) {
    const double mean = std::pow(10, -5.7 + 4 * random.uniform());
    const std::int64_t items = 50 + random.below(300);
    const auto times = made::item_times(made::shapes[round % 5], items, mean, random);
    StageCosts costs;
    costs.root_per_chunk = mean * std::pow(10, -3 + 3 * random.uniform());
    costs.worker_per_chunk = costs.root_per_chunk * random.uniform();
    costs.root_per_item = costs.root_per_chunk * 0.1 * random.uniform();
    costs.worker_per_item = costs.root_per_item;
    costs.one_way = costs.root_per_chunk * 3 * random.uniform();
    const int ranks = 2 + static_cast<int>(random.below(15));
    const Situation s = situation(made::exact_workload(times), costs);
    for (const Schedule schedule :
         {Schedule::static_block, Schedule::dynamic, Schedule::guided, Schedule::factoring}) {
      const auto p =
          pattern(schedule, 1 + random.below(8), 1 << random.below(6), random.below(2) == 0);
      const double naive = Naive(times, costs, ranks, p).run();
      EXPECT_NEAR(replay(s, ranks, p, 1, all_chunks).total, naive, 0.002 * naive)
          << made::name_of(made::shapes[round % 5]) << ' ' << name_of(schedule) << ' ' << ranks
          << " ranks, chunk " << p.chunk << ", depth " << p.queued << ", root computes "
          << p.root_computes << ", " << items << " items of " << mean << " s";
    }
  }
}

TEST(Replay, TwoEqualRanksWithoutCostsHalveTheWork) {
  const std::vector<double> times(100, 1e-3);
  const Situation s = situation(made::exact_workload(times), {});
  EXPECT_NEAR(replay(s, 2, pattern(Schedule::dynamic, 1, 4, true), 1).total, 0.05, 1e-9);
  EXPECT_NEAR(replay(s, 3, pattern(Schedule::dynamic, 1, 4, false), 1).total, 0.05, 1e-9);
  EXPECT_NEAR(replay(s, 1, {}, 1).total, 0.1, 1e-9);
}

TEST(Replay, OfNothingTakesTheStartUp) {
  Situation s = situation({}, {});
  s.start_up = 0.25;
  EXPECT_EQ(replay(s, 4, {}, 1).total, 0.25);
}

TEST(Replay, SaturatedRootTakesItsCostPerChunk) {
  StageCosts costs;
  costs.root_per_chunk = 1e-3;
  const std::vector<double> times(2000, 1e-5);
  const Situation s = situation(made::exact_workload(times), costs);
  const Replayed r = replay(s, 9, pattern(Schedule::dynamic, 1, 2, false), 1);
  EXPECT_NEAR(r.total, 2.0, 0.01);
  EXPECT_NEAR(r.root_busy, 2.0, 1e-6);
}

/// Mean over seeds.
double total(const Situation& s, int ranks, const ScatterPattern& p, std::int64_t most_chunks) {
  constexpr int seeds = 6;
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    sum += replay(s, ranks, p, seed, most_chunks).total;
  return sum / seeds;
}

TEST(Replay, CutToTheSteadyStateTakesAsLongAsTheWhole) {
  Random random(4);
  double worst = 0;
  for (int round = 0; round < 40; ++round) {
    const auto shape = made::shapes[round % 4];
    const double mean = std::pow(10, -6 + 5 * random.uniform());
    const int ranks = static_cast<int>(std::pow(2, 1 + 5 * random.uniform()));
    const std::int64_t chunk = 1 + random.below(20);
    const int queued = 1 << random.below(6);
    const std::int64_t items = chunk * ranks * 700;
    const auto times = made::item_times(shape, items, mean, random);
    auto request = made::request(made::machine(64, Seconds(mean * static_cast<double>(chunk) /
                                                           ranks * 2 * random.uniform())),
                                 made::sampled(times, 256, 3));
    const Situation s = made::situation(request);
    const auto p = pattern(Schedule::dynamic, chunk, queued, random.below(2) == 0);
    const double whole = total(s, ranks, p, all_chunks);
    const double cut = total(s, ranks, p, 64);
    EXPECT_NEAR(cut, whole, 0.03 * whole)
        << made::name_of(shape) << ' ' << ranks << " ranks, chunk " << p.chunk << ", depth "
        << p.queued << ", root computes " << p.root_computes << ", items of " << mean << " s";
    worst = std::max(worst, std::abs(cut / whole - 1));
  }
  RecordProperty("worst_relative_error", std::to_string(worst));
}

TEST(Replay, CutReplayOfManyItemsIsBounded) {
  const std::vector<double> times(1000, 1e-3);
  auto request = made::request(made::machine(64, Seconds(1e-6)), made::sampled(times, 100, 1));
  request.items = 1'000'000'000;
  const Situation s = made::situation(request);
  for (const bool root_computes : {true, false}) {
    const Replayed r = replay(s, 16, pattern(Schedule::dynamic, 1000, 2, root_computes), 1, 1000);
    EXPECT_LT(r.events, 10000);
    EXPECT_NEAR(r.total, 1e6 / (root_computes ? 16 : 15), 1e4);
  }
}

TEST(Replay, AThousandRepresentativesStandForTwoThousandRanks) {
  Random random(6);
  for (const auto shape : {made::Shape::uniform, made::Shape::rising}) {
    constexpr int ranks = 2001;
    // From a root that waits to one that is the bottleneck.
    for (const double load : {0.1, 0.5, 2.0}) {
      const auto times = made::item_times(shape, std::int64_t{4} * ranks, 1e-3, random);
      StageCosts costs;
      costs.root_per_chunk = load * 1e-3 / ranks;
      const Situation s = situation(made::exact_workload(times), costs);
      const auto p = pattern(Schedule::dynamic, 1, 2, false);
      const double naive = Naive(times, costs, ranks, p).run();
      EXPECT_NEAR(replay(s, ranks, p, 1).total, naive, 0.03 * naive)
          << made::name_of(shape) << ", root load " << load;
    }
  }
}

TEST(Replay, RepresentativesKeepTheSlowDownOfAllRanks) {
  const std::vector<double> times(8000, 1e-3);
  Situation s = situation(made::exact_workload(times), {});
  s.cpus = 100;  // 4000 ranks on one node: 40 to a core.
  EXPECT_NEAR(replay(s, 4000, pattern(Schedule::dynamic, 1, 2, true), 1).total, 8.0 / 100, 0.01);
}

TEST(Replay, RanksOfUnequalPaceDelayStaticBlocksMoreThanChunksOnDemand) {
  Situation s = situation(made::exact_workload(std::vector<double>(4000, 1e-3)), {});
  s.work.noise = 0.1;
  const double blocks = total(s, 8, pattern(Schedule::static_block, 1, 1, true), all_chunks);
  const double on_demand = total(s, 8, pattern(Schedule::dynamic, 5, 2, true), all_chunks);
  EXPECT_NEAR(blocks, 0.5 * 1.14, 0.04);  // E[max of 8 normal values] = 1.42.
  EXPECT_NEAR(on_demand, 0.5, 0.02);
}

TEST(Replay, RepeatsForTheSameSeedOnly) {
  Random random(8);
  const auto times = made::item_times(made::Shape::lognormal_cv1, 1000, 1e-3, random);
  const Situation s =
      made::situation(made::request(made::machine(8, Seconds(1e-6)), made::sampled(times, 100, 1)));
  const auto p = pattern(Schedule::factoring, 1, 2, true);
  EXPECT_EQ(replay(s, 5, p, 7).total, replay(s, 5, p, 7).total);
  EXPECT_NE(replay(s, 5, p, 7).total, replay(s, 5, p, 8).total);
}

}  // namespace
}  // namespace mpisize
