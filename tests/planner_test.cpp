#include "mpisize/choose/planner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/model/replay.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

constexpr std::int64_t all_chunks = std::int64_t{1} << 40;

Request simple_request(double mean = 1e-3, std::int64_t items = 10000, int cpus = 8) {
  Random random(1);
  const auto times = made::item_times(made::Shape::lognormal_cv1, items, mean, random);
  return made::request(made::machine(cpus, Seconds(1e-6)), made::sampled(times, 200, 1));
}

struct Judged {
  int ranks = 1;
  ScatterPattern pattern;
  double seconds = 0;
};

/// By replay of every chunk, mean over `seeds` seeds.
double judge(const Situation& s, int ranks, const ScatterPattern& p, std::uint64_t first_seed,
             int seeds) {
  double sum = 0;
  for (int i = 0; i < seeds; ++i) {
    sum += replay(s, ranks, p, first_seed + static_cast<std::uint64_t>(i), all_chunks).total;
  }
  return sum / seeds;
}

/// Every number of ranks x schedule x chunk x depth x role of the root: the best of 16 that one
/// seed likes best.
Judged best_of_all(const Situation& s, const std::vector<int>& rank_counts) {
  std::vector<Judged> all{{1, {}, judge(s, 1, {}, 1, 1)}};
  for (const int ranks : rank_counts) {
    for (const bool root_computes : {true, false}) {
      const int computing = ranks - (root_computes ? 0 : 1);
      if (computing < 1 || ranks < 2) continue;
      const std::int64_t even = (s.work.items + computing - 1) / computing;
      for (const Schedule schedule :
           {Schedule::static_block, Schedule::dynamic, Schedule::guided, Schedule::factoring}) {
        const double step = schedule == Schedule::dynamic ? 1.5 : 4;
        for (std::int64_t chunk = 1; chunk <= even;
             chunk = std::max(chunk + 1,
                              static_cast<std::int64_t>(static_cast<double>(chunk) * step))) {
          for (int queued = 1; queued <= most_queued; queued *= 2) {
            if (schedule == Schedule::static_block && (chunk > 1 || queued > 1)) continue;
            ScatterPattern p;
            p.schedule = schedule;
            p.chunk = chunk;
            p.queued = queued;
            p.root_computes = root_computes;
            all.push_back({ranks, p, judge(s, ranks, p, 1, 1)});
          }
        }
      }
    }
  }
  const auto faster = [](const Judged& a, const Judged& b) { return a.seconds < b.seconds; };
  std::sort(all.begin(), all.end(), faster);
  all.resize(std::min<std::size_t>(all.size(), 16));
  for (Judged& j : all) j.seconds = judge(s, j.ranks, j.pattern, 2, 32);
  return *std::min_element(all.begin(), all.end(), faster);
}

TEST(Planner, IsAsGoodAsTryingEverything) {
  Random random(17);
  std::vector<double> regrets;
  for (int round = 0; round < 80; ++round) {
    const auto shape = made::shapes[round % 5];
    double mean = 0;
    double dispatch = 0;
    std::int64_t items = 0;
    do {
      mean = std::pow(10, -6 + 5 * random.uniform());
      dispatch = 0.2e-6 * std::pow(250, random.uniform());
      items = 300 + random.below(1000);
      // Below 200 chunks' worth of work nobody would start MPI.
    } while (mean * static_cast<double>(items) < 200 * dispatch);
    const int most = 2 + static_cast<int>(std::pow(2, 6 * random.uniform())) - 1;
    const auto times = made::item_times(shape, items, mean, random);
    auto request =
        made::request(made::machine(most, Seconds(dispatch)),
                      made::sampled(times, std::max<std::int64_t>(64, items / 10), random.bits()));
    for (const int ranks : {1, 2, most / 4, most / 2, most * 3 / 4, most}) {
      if (ranks >= 1) request.rank_counts.push_back(ranks);
    }
    request.limits.min_speedup = 1;
    const Situation s = made::situation(request);
    const Plan plan = choose(request).plan;
    const Judged best = best_of_all(s, request.rank_counts);
    // Seeds that took no part in finding either.
    const double chosen_seconds = judge(s, plan.layout.ranks(), plan.pattern, 100, 64);
    const double best_seconds = judge(s, best.ranks, best.pattern, 100, 64);
    const double regret = chosen_seconds / best_seconds - 1;
    EXPECT_LE(regret, 0.05) << made::name_of(shape) << ", " << items << " items of " << mean
                            << " s, chunk cost " << dispatch << ", at most " << most
                            << " ranks: chosen " << plan.layout.ranks() << ' '
                            << name_of(plan.pattern.schedule) << ' ' << plan.pattern.chunk << " x"
                            << plan.pattern.queued << " root " << plan.pattern.root_computes
                            << ", best " << best.ranks << ' ' << name_of(best.pattern.schedule)
                            << ' ' << best.pattern.chunk << " x" << best.pattern.queued << " root "
                            << best.pattern.root_computes;
    regrets.push_back(regret);
  }
  EXPECT_LE(median(regrets), 0.005);
  EXPECT_LE(quantile(regrets, 0.9), 0.02);
  std::printf("regret: median %.2f %%, 90 %% quantile %.2f %%, largest %.2f %%\n",
              100 * median(regrets), 100 * quantile(regrets, 0.9), 100 * quantile(regrets, 1));
}

TEST(Planner, PredictsWhatTheReplayOfItsPlanTakes) {
  Random random(3);
  for (const auto shape : made::shapes) {
    const auto times = made::item_times(shape, 200000, 1e-4, random);
    const auto request =
        made::request(made::machine(16, Seconds(2e-6)), made::sampled(times, 2000, 5));
    const Choice c = choose(request);
    const double judged =
        judge(made::situation(request), c.plan.layout.ranks(), c.plan.pattern, 50, 4);
    EXPECT_NEAR(c.predicted.total.value.value(), judged, 0.03 * judged) << made::name_of(shape);
  }
}

TEST(Planner, DearerDispatchNeverMakesChunksSmaller) {
  for (const double mean : {2e-6, 50e-6, 1e-3}) {
    std::int64_t last = 0;
    for (const double dispatch : {1e-7, 1e-6, 1e-5, 1e-4}) {
      Request r = simple_request(mean, 20000);
      r.machine = made::machine(8, Seconds(dispatch));
      r.forced.ranks = 8;
      r.forced.schedule = Schedule::dynamic;
      r.forced.queued = 2;
      r.forced.root_computes = false;
      const std::int64_t chunk = choose(r).plan.pattern.chunk;
      EXPECT_GE(chunk, last) << dispatch << " s a chunk, items of " << mean;
      last = chunk;
    }
  }
}

TEST(Planner, LongerItemsNeverMakeFewerRanksPay) {
  int last = 0;
  for (const double mean : {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1}) {
    Request r = simple_request(mean, 1000, 16);
    r.rank_counts = {1, 2, 4, 8, 16};
    const int ranks = choose(r).plan.layout.ranks();
    EXPECT_GE(ranks, last) << mean;
    last = ranks;
  }
  EXPECT_EQ(last, 16);
}

TEST(Planner, StaysSerialWhereTheSpeedupAskedForIsOutOfReach) {
  Request r = simple_request();
  EXPECT_EQ(choose(r).plan.verdict, Verdict::parallel);
  r.limits.min_speedup = 1000;
  const Choice c = choose(r);
  EXPECT_EQ(c.plan.verdict, Verdict::serial);
  EXPECT_EQ(c.plan.layout.ranks(), 1);
  EXPECT_FALSE(c.plan.reasons.empty());
  EXPECT_NEAR(c.predicted.total.value / c.predicted.serial.value, 1, 1e-9);
}

TEST(Planner, StaysSerialForItemsShorterThanTheirDispatch) {
  EXPECT_EQ(choose(simple_request(2e-10, 100000)).plan.verdict, Verdict::serial);
}

TEST(Planner, SearchesAllRankCountsInsteadOfOne) {
  // The root saturates at about 4 workers: neither all ranks nor none.
  Random random(1);
  const auto times = made::item_times(made::Shape::uniform, 1000, 4e-6, random);
  auto r = made::request(made::machine(64, Seconds(10e-6)), made::sampled(times, 100, 1));
  r.forced.schedule = Schedule::dynamic;
  r.forced.chunk = 10;
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.verdict, Verdict::parallel);
  EXPECT_GT(plan.layout.ranks(), 2);
  EXPECT_LT(plan.layout.ranks(), 16);
}

TEST(Planner, KeepsToWhatIsForced) {
  Request r = simple_request();
  r.forced = {3, Schedule::guided, 5, 4, false, {}, {}, {}, {}, {}};
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.layout.ranks(), 3);
  EXPECT_EQ(plan.pattern.schedule, Schedule::guided);
  EXPECT_EQ(plan.pattern.chunk, 5);
  EXPECT_EQ(plan.pattern.queued, 4);
  EXPECT_FALSE(plan.pattern.root_computes);
  for (const Schedule schedule : {Schedule::static_block, Schedule::dynamic, Schedule::guided,
                                  Schedule::factoring, Schedule::fixed_size}) {
    Request other = simple_request();
    other.forced.schedule = schedule;
    EXPECT_EQ(choose(other).plan.pattern.schedule, schedule);
  }
  for (const std::int64_t chunk : {1, 7, 9999}) {
    Request other = simple_request();
    other.forced.chunk = chunk;
    other.forced.ranks = 4;
    EXPECT_EQ(choose(other).plan.pattern.chunk, chunk);
  }
  for (const int queued : {1, 3, 32}) {
    Request other = simple_request();
    other.forced.queued = queued;
    other.forced.schedule = Schedule::dynamic;
    EXPECT_EQ(choose(other).plan.pattern.queued, queued);
  }
}

TEST(Planner, ForcedRanksOverrideTheVerdict) {
  Request r = simple_request(1e-9, 1000);
  EXPECT_EQ(choose(r).plan.verdict, Verdict::serial);
  r.forced.ranks = 4;
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.verdict, Verdict::parallel);
  EXPECT_EQ(plan.layout.ranks(), 4);
  r.forced.ranks = 1;
  EXPECT_EQ(choose(r).plan.verdict, Verdict::serial);
}

TEST(Planner, KeepsToTheRankCountsAccepted) {
  Request r = simple_request();
  r.rank_counts = {1, 3, 6};
  EXPECT_EQ(choose(r).plan.layout.ranks(), 6);
  r.limits.max_ranks = 5;
  EXPECT_EQ(choose(r).plan.layout.ranks(), 3);
  EXPECT_TRUE(choose(r).plan.binding_limit.has_value());
  // A program that does not accept one rank is not offered one.
  Request nothing_gained = simple_request(1e-9, 1000);
  nothing_gained.rank_counts = {4, 8};
  EXPECT_EQ(choose(nothing_gained).plan.layout.ranks(), 4);
}

TEST(Planner, HandlesTheSmallestCalls) {
  for (const std::int64_t items : {0, 1, 2, 3}) {
    Request r = simple_request(1e-2, 100);
    r.items = items;
    const Choice c = choose(r);
    EXPECT_LE(c.plan.layout.ranks(), std::max<std::int64_t>(1, items)) << items;
    EXPECT_FALSE(c.plan.reasons.empty());
    r.forced.ranks = 8;
    EXPECT_TRUE(items == 0 || choose(r).plan.layout.ranks() == 8);
  }
  Request all_done = simple_request();
  all_done.done = all_done.items;
  all_done.spent = Seconds(2);
  EXPECT_EQ(choose(all_done).predicted.total.value, Seconds(2));
}

TEST(Planner, AnswersTheSameQuestionWithTheSameBytes) {
  const Request r = simple_request();
  EXPECT_EQ(to_json(PlanFile{choose(r), "k", {}}), to_json(PlanFile{choose(r), "k", {}}));
}

TEST(Planner, AMillionRanksAndATrillionItemsArePlanned) {
  Random random(1);
  auto r = made::request(
      made::machine(100, Seconds(1e-6)),
      made::sampled(made::item_times(made::Shape::lognormal_cv1, 100000, 1e-3, random), 1000, 1));
  r.machine.topology.nodes = 10000;
  r.items = 1'000'000'000'000;
  const auto begin = std::chrono::steady_clock::now();
  const Choice c = choose(r);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("planned in %.0f ms: %d ranks\n", 1e3 * took.count(), c.plan.layout.ranks());
  // 16 bytes of each item pass through the root: 1e12 x 16 x 2e-10 s.
  const double root = 3200;
  EXPECT_EQ(c.plan.verdict, Verdict::parallel);
  EXPECT_NEAR(c.predicted.total.value.value(), root, 0.1 * root);
  EXPECT_GT(c.plan.layout.ranks(), 1e9 / root);
}

TEST(Predict, OfTheChosenPlanSaysWhatTheChoiceSaid) {
  const Request r = simple_request();
  const Choice c = choose(r);
  const Prediction p = predict(r, c.plan.layout.ranks(), c.plan.pattern);
  const double chosen = c.predicted.total.value.value();
  EXPECT_NEAR(p.total.value.value(), chosen, 0.02 * chosen);
  EXPECT_EQ(p.items, c.predicted.items);
  EXPECT_GT(predict(r, 2, c.plan.pattern).total.value.value(), 1.5 * chosen) << "fewer ranks";
}

TEST(Planner, AddsNoRanksBehindASaturatedRoot) {
  // 2e-10 s a byte, 16 bytes an item: the root feeds 1e-4 / 3.2e-9 = 31000 ranks.
  Random random(1);
  auto r = made::request(
      made::machine(100, Seconds(1e-6)),
      made::sampled(made::item_times(made::Shape::uniform, 10000, 1e-4, random), 500, 1));
  r.machine.topology.nodes = 10000;
  r.items = 1'000'000'000'000;
  EXPECT_GT(choose(r).plan.layout.ranks(), 25000);
  EXPECT_LT(choose(r).plan.layout.ranks(), 50000);
}

}  // namespace
}  // namespace mpisize
