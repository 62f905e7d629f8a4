// What the model says of runs that are known to the last digit; how well it predicts noisy ones is
// program_accuracy_test's.
#include "mpisize/model/program_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "program_worlds.hpp"

namespace mpisize {
namespace {

using worlds::Kind;
using worlds::World;

/// Computing as given, nothing else but 0.5 s of launch.
ProgramRun plain(int ranks, double computing, int threads = 1) {
  ProgramRun run;
  run.ranks = ranks;
  run.threads_per_rank = threads;
  run.wall = Seconds(computing + 0.5);
  for (int r = 0; r < ranks; ++r) {
    RankUse use;
    use.rank = r;
    use.wall = Seconds(computing);
    use.peak_resident = Bytes(100'000'000 + 400'000'000 / ranks);
    run.by_rank.push_back(use);
  }
  return run;
}

Machine no_links() {
  Machine machine;
  machine.launch.fixed = measured(Seconds(0.5), Seconds(0.5), Seconds(0.5));
  machine.launch.per_node = machine.launch.per_rank = measured(Seconds(0), Seconds(0), Seconds(0));
  return machine;
}

std::vector<ProgramRun> amdahl(const std::vector<int>& counts) {
  std::vector<ProgramRun> runs;
  for (const int p : counts) {
    for (int i = 0; i < 3; ++i) runs.push_back(plain(p, 2 + 30.0 / p));
  }
  return runs;
}

TEST(ProgramModel, SerialPartAndShareAreFollowed) {
  const auto model = fit_program(amdahl({1, 2, 4, 8}), no_links());
  const auto p = predict(model, {32, 1, 1});
  ASSERT_FALSE(p.refusal);
  EXPECT_NEAR(p.total.value.value(), 0.5 + 2 + 30.0 / 32, 0.05);
  EXPECT_LT(p.total.low, p.total.value);
  EXPECT_GT(p.total.high, p.total.value);
  EXPECT_EQ(model.scaling, Scaling::strong);
  EXPECT_NEAR(p.speedup, 32.5 / 3.4375, 0.2);
  EXPECT_NEAR(p.efficiency, 32.5 / 3.4375 / 32, 0.01);
}

TEST(ProgramModel, PartsAddUpToTheTotal) {
  for (const Kind kind : {Kind::gradient, Kind::plane, Kind::master}) {
    const World world = worlds::world_of(kind, 5);
    const auto model =
        fit_program(worlds::sample(world, {2, 4, 8}, 2, 1), worlds::machine_of(world));
    for (const int ranks : {4, 32}) {
      const auto p = predict(model, {ranks, ranks / 4, 1});
      EXPECT_NEAR((p.computing + p.imbalance + p.communication + p.launch).value(),
                  p.total.value.value(), 1e-9);
    }
  }
}

TEST(ProgramModel, WhatWasRunIsPredictedAsMeasured) {
  auto runs = amdahl({1, 2, 8});
  runs.push_back(plain(4, 50));  // Follows no law.
  const auto p = predict(fit_program(runs, no_links()), {4, 1, 1});
  EXPECT_TRUE(p.measured);
  EXPECT_NEAR(p.total.value.value(), 50.5, 1e-9);
  EXPECT_EQ(p.rests_on, "measured, 1 run");
}

TEST(ProgramModel, OneCountCarriesNothingAndNamesTheRunThatWouldTell) {
  const auto model = fit_program(amdahl({8}), no_links());
  EXPECT_FALSE(predict(model, {8, 1, 1}).refusal);
  const auto p = predict(model, {32, 1, 1});
  ASSERT_TRUE(p.refusal);
  EXPECT_EQ(p.refusal->telling.ranks, 16);
  EXPECT_NE(p.refusal->reason.find("a run on 16 ranks would tell"), std::string::npos);
}

TEST(ProgramModel, CountsTooNearToEachOtherAreRefused) {
  World world = worlds::world_of(Kind::gradient, 3);
  world.run_noise = 0.05;
  const auto model = fit_program(worlds::unprofiled(worlds::sample(world, {7, 8}, 2, 1)),
                                 worlds::machine_of(world));
  EXPECT_FALSE(predict(model, {9, 3, 1}).refusal);
  const auto far = predict(model, {128, 32, 1});
  ASSERT_TRUE(far.refusal);
  EXPECT_EQ(far.refusal->telling.ranks, 16);
}

TEST(ProgramModel, BeyondThirtyTwoTimesIsRefusedHoweverWellLawsFit) {
  const auto model = fit_program(amdahl({1, 2, 4, 8}), no_links());
  EXPECT_FALSE(predict(model, {128, 1, 1}).refusal);
  EXPECT_TRUE(predict(model, {257, 1, 1}).refusal);
}

TEST(ProgramModel, IntervalWidensWithTheDistance) {
  const auto model = fit_program(amdahl({1, 2, 4, 8}), no_links());
  const auto width = [&](int ranks) {
    const auto p = predict(model, {ranks, 1, 1});
    return (p.total.high - p.total.low) / p.total.value;
  };
  EXPECT_LT(width(16), width(32));
  EXPECT_LT(width(32), width(128));
}

TEST(ProgramModel, EarlierResidualsTakeThePlaceOfWhatIsAssumed) {
  ProgramModelOptions exact;
  exact.error.residuals = std::vector<double>(20, 0.001);
  ProgramModelOptions poor;
  poor.error.residuals = std::vector<double>(20, -0.3);
  const auto width = [&](const ProgramModelOptions& options) {
    const auto p = predict(fit_program(amdahl({1, 2, 4, 8}), no_links(), options), {16, 1, 1});
    return (p.total.high - p.total.low) / p.total.value;
  };
  EXPECT_LT(width(exact), width({}));
  EXPECT_GT(width(poor), width({}));
}

TEST(ProgramModel, WorkThatGrowsWithTheRanksIsWeakScaling) {
  std::vector<ProgramRun> runs;
  for (const int p : {1, 2, 4, 8}) runs.push_back(plain(p, 10));
  const auto model = fit_program(runs, no_links());
  EXPECT_EQ(model.scaling, Scaling::weak);
  EXPECT_NEAR(*model.work_growth, 1, 1e-9);
  const auto p = predict(model, {32, 1, 1});
  EXPECT_NEAR(p.total.value.value(), 10.5, 0.3);
  EXPECT_NEAR(p.efficiency, 1, 0.03);
  EXPECT_NEAR(p.speedup, 32, 1);
}

TEST(ProgramModel, WhatRankZeroDoesAloneStaysAsItIs) {
  std::vector<ProgramRun> runs;
  for (const int ranks : {2, 4, 8}) {
    ProgramRun run = plain(ranks, 40.0 / ranks + 3);
    for (int r = 1; r < ranks; ++r) run.by_rank[static_cast<std::size_t>(r)].in_mpi = Seconds(3);
    runs.push_back(run);
  }
  const auto model = fit_program(runs, no_links());
  EXPECT_NEAR(predict(model, {32, 1, 1}).total.value.value(), 0.5 + 40.0 / 32 + 3, 0.15);
  EXPECT_NEAR(predict(model, {1, 1, 1}).total.value.value(), 43.5, 1.5);
}

TEST(ProgramModel, ThreadsDivideTheirShare) {
  auto runs = amdahl({1, 2, 4});
  runs.push_back(plain(1, 32 * 0.6, 2));  // f = 0.8
  runs.push_back(plain(1, 32 * 0.3, 8));
  const auto model = fit_program(runs, no_links());
  EXPECT_EQ(model.threads.base, 1);
  EXPECT_NEAR(*model.threads.share, 0.8, 1e-9);
  EXPECT_NEAR(*model.threads.factor(4), 0.4, 1e-9);
  EXPECT_FALSE(model.threads.factor(16));
  EXPECT_NEAR(predict(model, {2, 1, 4}).total.value.value(), 0.5 + 17 * 0.4, 0.2);
  const auto beyond = predict(model, {2, 1, 16});
  ASSERT_TRUE(beyond.refusal);
  EXPECT_EQ(beyond.refusal->telling.threads, 16);
}

TEST(ProgramModel, MemoryOfANodeIsThatOfItsRanks) {
  const auto model = fit_program(amdahl({1, 2, 4, 8}), no_links());
  const auto p = predict(model, {16, 4, 1});
  EXPECT_NEAR(static_cast<double>(p.rank_memory->value()), 125e6, 5e6);
  EXPECT_NEAR(static_cast<double>(p.node_memory->value()), 4 * 125e6, 20e6);
  EXPECT_GE(*p.node_memory_high, *p.node_memory);
}

TEST(ProgramModel, StretchesPredictARepetitionOrAllOfThem) {
  std::vector<ProgramRun> runs;
  for (const int p : {1, 2, 4, 8}) {
    ProgramRun run = plain(p, 1000 * (0.002 + 0.03 / p));
    run.steady = SteadyState{"MPI_Allreduce on all ranks", 1000, run.by_rank[0].wall, Seconds(3)};
    runs.push_back(run);
  }
  const double repetition = 0.002 + 0.03 / 16;
  const auto one = predict(fit_program(runs, no_links()), {16, 1, 1});
  EXPECT_TRUE(one.per_repetition);
  EXPECT_NEAR(one.total.value.value(), repetition, 0.05 * repetition);
  ProgramModelOptions options;
  options.repetitions = 100000;
  const auto whole = predict(fit_program(runs, no_links(), options), {16, 1, 1});
  EXPECT_FALSE(whole.per_repetition);
  EXPECT_NEAR(whole.total.value.value(), 0.5 + 3 + 1e5 * repetition, 0.05 * 1e5 * repetition);
}

TEST(ProgramModel, WorkersWaitForAMasterThatIsFull) {
  World world;
  world.kind = Kind::master;
  world.items = 20000;
  world.work = 0.02;  // 20 us an item: as long as the root is busy with it.
  world.steps = 20;
  world.run_noise = 0.01;
  const auto model = fit_program(worlds::sample(world, {2, 3, 4}, 2, 1), worlds::machine_of(world));
  const auto p = predict(model, {64, 16, 1});
  ASSERT_FALSE(model.part(Part::root).laws.empty());
  const double busy = evaluate(model.part(Part::root).laws.front(), TermInputs{});
  EXPECT_GE((p.total.value - p.launch).value(), 0.95 * busy);
}

TEST(ProgramModel, SameRunsSameBytes) {
  const World world = worlds::world_of(Kind::plane, 2);
  const auto runs = worlds::sample(world, {2, 4, 8}, 2, 1);
  const auto machine = worlds::machine_of(world);
  EXPECT_EQ(predict(fit_program(runs, machine), {32, 8, 1}),
            predict(fit_program(runs, machine), {32, 8, 1}));
}

TEST(ProgramModel, NonsenseIsRefused) {
  EXPECT_THROW(static_cast<void>(fit_program({}, no_links())), std::invalid_argument);
  ProgramModelOptions options;
  options.repetitions = 0;
  EXPECT_THROW(static_cast<void>(fit_program(amdahl({1, 2}), no_links(), options)),
               std::invalid_argument);
  const auto model = fit_program(amdahl({1, 2}), no_links());
  EXPECT_THROW(static_cast<void>(predict(model, {0, 1, 1})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(predict(model, {2, 3, 1})), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
