#include "mpisize/model/time_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

constexpr std::int64_t all_chunks = std::int64_t{1} << 40;

ScatterPattern pattern(Schedule schedule, std::int64_t chunk, int queued, bool root_computes) {
  ScatterPattern p;
  p.schedule = schedule;
  p.chunk = chunk;
  p.queued = queued;
  p.root_computes = root_computes;
  return p;
}

Situation equal_items(std::int64_t items, double seconds, double dispatch) {
  const std::vector<double> times(static_cast<std::size_t>(items), seconds);
  return made::situation(
      made::request(made::machine(1024, Seconds(dispatch)), made::sampled(times, 32, 1)));
}

TEST(StageCosts, AreTheDispatchCostsOfTheKernelsBytes) {
  Machine machine = made::machine(4, Seconds(2e-6));
  machine.dispatch.round_trip = measured(Seconds(10e-6), Seconds(0), Seconds(0));
  machine.dispatch.root_per_byte =
      measured(SecondsPerByte(1e-9), SecondsPerByte(0), SecondsPerByte(0));
  KernelProfile kernel;
  kernel.item_bytes = Bytes(100);
  kernel.result_bytes = Bytes(900);
  kernel.root_packing = measured(Seconds(3e-6), Seconds(0), Seconds(0));
  kernel.worker_packing = measured(Seconds(5e-6), Seconds(0), Seconds(0));
  const StageCosts costs = stage_costs(machine, kernel);
  EXPECT_DOUBLE_EQ(costs.root_per_chunk, 2e-6);
  EXPECT_DOUBLE_EQ(costs.root_per_item, 4e-6);  // 1000 bytes and the packing.
  EXPECT_DOUBLE_EQ(costs.worker_per_item, 6e-6);
  EXPECT_DOUBLE_EQ(costs.one_way, 3e-6);  // Half of what the round trip has beyond both ends.
  machine.dispatch.round_trip.value = Seconds(1e-6);
  EXPECT_EQ(stage_costs(machine, kernel).one_way, 0);
}

TEST(MessageShare, IsLessForTinyChunksInDeepQueues) {
  StageCosts costs;
  costs.shared_message = 0.5;
  EXPECT_DOUBLE_EQ(message_share(costs, 1e-9, 1), 1);
  EXPECT_DOUBLE_EQ(message_share(costs, 1e-9, 2), 1);
  EXPECT_DOUBLE_EQ(message_share(costs, 1e-9, 4), 2.0 / 3);  // Half the messages.
  EXPECT_DOUBLE_EQ(message_share(costs, 1e-9, 8), 0.5);      // Messages are full.
  EXPECT_DOUBLE_EQ(message_share(costs, 1e-9, 32), 0.5);
  EXPECT_DOUBLE_EQ(message_share(costs, 1e-5, 8), 1);  // Not tiny.
}

TEST(SerialTime, IsTheWorkAndNothingElse) {
  Situation s = equal_items(1000, 1e-3, 1e-4);
  EXPECT_NEAR(serial_time(s), 1, 1e-9);
  s.start_up = 0.5;
  EXPECT_NEAR(closed_form(s, 1, {}).total(), 1.5, 1e-9);
}

TEST(ClosedForm, OfNothingTakesTheStartUp) {
  Situation s;
  s.start_up = 0.25;
  EXPECT_EQ(closed_form(s, 8, {}).total(), 0.25);
}

TEST(ClosedForm, DedicatedRootLeavesTheWorkToTheWorkers) {
  const Situation s = equal_items(10000, 1e-3, 1e-8);
  EXPECT_NEAR(closed_form(s, 5, pattern(Schedule::dynamic, 1, 4, false)).total(), 10.0 / 4, 0.01);
  EXPECT_NEAR(closed_form(s, 5, pattern(Schedule::dynamic, 1, 4, true)).total(), 10.0 / 5, 0.01);
}

TEST(ClosedForm, SaturatedRootTakesItsCostPerChunk) {
  const Situation s = equal_items(10000, 1e-5, 1e-4);
  EXPECT_NEAR(closed_form(s, 101, pattern(Schedule::dynamic, 1, 4, false)).total(), 1, 0.01);
  // n_sat = w / a, items of 16 bytes.
  EXPECT_NEAR(saturating_workers(s, 1), (1e-4 + 1e-5) / 1e-4, 0.01);
  EXPECT_GT(saturating_workers(s, 1000), 50);
}

TEST(ClosedForm, AgreesWithTheReplay) {
  Random random(5);
  std::vector<double> errors;
  for (int round = 0; round < 300; ++round) {
    const auto shape = made::shapes[round % 4];
    const double mean = std::pow(10, -5 + 4 * random.uniform());
    const int ranks = 2 + static_cast<int>(random.below(31));
    const double load = random.uniform();  // Of the root.
    const std::int64_t chunk = 1 + random.below(20);
    const auto times = made::item_times(shape, 20000, mean, random);
    const Situation s = made::situation(
        made::request(made::machine(64, Seconds(load * mean * static_cast<double>(chunk) / ranks)),
                      made::sampled(times, 400, random.bits())));
    constexpr Schedule schedules[] = {Schedule::static_block, Schedule::dynamic, Schedule::guided,
                                      Schedule::factoring};
    const auto p =
        pattern(schedules[random.below(4)], chunk, 1 << random.below(6), random.below(2) == 0);
    double replayed = 0;
    for (std::uint64_t seed = 0; seed < 4; ++seed)
      replayed += replay(s, ranks, p, seed, all_chunks).total / 4;
    errors.push_back(std::abs(closed_form(s, ranks, p).total() / replayed - 1));
  }
  std::printf(
      "closed form against replay: median %.1f %%, 90 %% quantile %.1f %%, largest %.0f %%\n",
      100 * median(errors), 100 * quantile(errors, 0.9), 100 * quantile(errors, 1));
  EXPECT_LE(median(errors), 0.02);
  EXPECT_LE(quantile(errors, 0.9), 0.08);
}

TEST(ClosedForm, DearerChunksAreNeverFaster) {
  for (const Schedule schedule :
       {Schedule::static_block, Schedule::dynamic, Schedule::guided, Schedule::factoring}) {
    for (const bool root_computes : {true, false}) {
      double last = 0;
      for (const double dispatch :
           {0.0, 1e-8, 1e-7, 1e-6, 3e-6, 1e-5, 1e-4, 3e-4, 1e-3, 1e-2, 0.1}) {
        const double t = closed_form(equal_items(1000, 1e-3, dispatch), 8,
                                     pattern(schedule, 3, 2, root_computes))
                             .total();
        EXPECT_GE(t, last) << name_of(schedule) << ' ' << dispatch;
        last = t;
      }
    }
  }
}

TEST(ClosedForm, DeeperQueuesShortenTheStallOfAComputingRoot) {
  Random random(6);
  const auto times = made::item_times(made::Shape::lognormal_cv2, 10000, 1e-3, random);
  const Situation s = made::situation(
      made::request(made::machine(16, Seconds(1e-6)), made::sampled(times, 500, 1)));
  double last = HUGE_VAL;
  for (int queued = 1; queued <= most_queued; queued *= 2) {
    const ClosedForm t = closed_form(s, 9, pattern(Schedule::dynamic, 1, queued, true));
    EXPECT_TRUE(t.stall < last || t.stall == 0) << queued;
    last = t.stall;
    EXPECT_EQ(closed_form(s, 9, pattern(Schedule::dynamic, 1, queued, false)).stall, 0);
  }
}

TEST(ClosedForm, NoPlanIsFasterThanItsLongestItem) {
  std::vector<double> times(200, 1e-3);
  times[77] = 10;
  const Situation s = made::situation(
      made::request(made::machine(256, Seconds(1e-6)), made::sampled(times, 200, 1)));
  for (const Schedule schedule : {Schedule::static_block, Schedule::dynamic, Schedule::guided}) {
    EXPECT_GE(closed_form(s, 100, pattern(schedule, 1, 2, true)).total(), 10 * (1 - 1e-12));
  }
}

TEST(ClosedForm, FallingCostsMakeTheFirstGuidedChunkTheLast) {
  // Item i costs as much as the rest together: the first chunk, a fourth of the items, has most of
  // the work.
  std::vector<double> times(1024);
  for (std::size_t i = 0; i < times.size(); ++i)
    times[i] = 1e-2 * std::exp(-static_cast<double>(i) / 100);
  const Situation s = made::situation(
      made::request(made::machine(8, Seconds(1e-6)), made::sampled(times, 1024, 1)));
  const double first_chunk = s.work.work_before(256);
  EXPECT_GE(closed_form(s, 4, pattern(Schedule::guided, 1, 2, true)).total(), first_chunk);
}

TEST(ClosedForm, StaticBlocksWaitForTheHeaviest) {
  Random random(7);
  const auto times = made::item_times(made::Shape::rising, 8000, 1e-3, random);
  const Situation s =
      made::situation(made::request(made::machine(8, Seconds(1e-8)), made::sampled(times, 512, 1)));
  double heaviest = 0;
  for (std::size_t i = 7000; i < 8000; ++i) heaviest += times[i];
  EXPECT_NEAR(closed_form(s, 8, pattern(Schedule::static_block, 1, 1, true)).total(), heaviest,
              0.1 * heaviest);
}

TEST(ClosedForm, StagesAreNeverNegative) {
  Random random(8);
  for (int round = 0; round < 300; ++round) {
    const auto times =
        made::item_times(made::shapes[round % 5], 1 + random.below(500), 1e-4, random);
    const Situation s = made::situation(made::request(
        made::machine(16, Seconds(1e-3 * random.uniform())), made::sampled(times, 64, 1)));
    const auto p = pattern(static_cast<Schedule>(random.below(5)), 1 + random.below(50),
                           1 + static_cast<int>(random.below(32)), random.below(2) == 0);
    const ClosedForm t = closed_form(s, 2 + static_cast<int>(random.below(100)), p);
    for (const double stage : {t.start, t.compute, t.dispatch, t.stall, t.tail}) {
      EXPECT_GE(stage, 0);
      EXPECT_TRUE(std::isfinite(stage));
    }
  }
}

TEST(SlowdownOf, CountsTheRanksOfOneNode) {
  Situation s = equal_items(100, 1e-3, 1e-6);
  s.cpus = 4;
  EXPECT_EQ(slowdown_of(s, 8, true), 2);
  s.nodes = 2;
  EXPECT_EQ(slowdown_of(s, 8, true), 1);
}

TEST(SlowdownOf, ARootThatOnlyPollsTakesACoreUnlessTheyAreShort) {
  Situation s = equal_items(100, 1e-3, 1e-6);
  s.cpus = 4;
  EXPECT_EQ(slowdown_of(s, 4, false), 1);  // Three computing, one polling.
  EXPECT_EQ(slowdown_of(s, 5, false), 1);  // Four computing; the root gives way.
  EXPECT_EQ(slowdown_of(s, 9, false), 2);
}

}  // namespace
}  // namespace mpisize
