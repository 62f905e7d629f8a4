#include "mpisize/model/program_points.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include "program_worlds.hpp"

namespace mpisize {
namespace {

/// Ranks that compute so long; all end at `wall`.
ProgramRun of(const std::vector<double>& computing, double wall, double launcher) {
  ProgramRun run;
  run.ranks = static_cast<int>(computing.size());
  run.wall = Seconds(launcher);
  for (std::size_t r = 0; r < computing.size(); ++r) {
    RankUse use;
    use.rank = static_cast<int>(r);
    use.wall = Seconds(wall);
    use.in_mpi = Seconds(wall - computing[r]);
    use.peak_resident = Bytes(100 + static_cast<std::int64_t>(r));
    run.by_rank.push_back(use);
  }
  return run;
}

TEST(ProgramPoints, WaitingForTheSlowestIsImbalanceAndNotCommunication) {
  const auto points = program_points({of({4, 5, 9, 6}, 10, 10.5)});
  const RunParts& parts = points.points.at(0).runs.at(0);
  EXPECT_DOUBLE_EQ(parts.mean, 6);
  EXPECT_DOUBLE_EQ(parts.imbalance, 3);
  EXPECT_DOUBLE_EQ(parts.communication, 1);
  EXPECT_DOUBLE_EQ(parts.mean + parts.imbalance + parts.communication, parts.inside);
  EXPECT_DOUBLE_EQ(*parts.outside, 0.5);
  EXPECT_DOUBLE_EQ(parts.root_excess, 4 - 20.0 / 3);
  EXPECT_DOUBLE_EQ(parts.lag, 9 - 20.0 / 3);
  EXPECT_DOUBLE_EQ(*parts.most_memory, 103);
  EXPECT_DOUBLE_EQ(*parts.mean_memory, 101.5);
}

TEST(ProgramPoints, RunsThatWereCutOffAreOfOneRepetition) {
  ProgramRun run = of({4, 5, 9, 6}, 10, 99);
  run.steady = SteadyState{"MPI_Allreduce on all ranks", 100, Seconds(10), Seconds(2)};
  const auto points = program_points({run});
  EXPECT_TRUE(points.per_repetition);
  const RunParts& parts = points.points.at(0).runs.at(0);
  EXPECT_DOUBLE_EQ(parts.inside, 0.1);
  EXPECT_DOUBLE_EQ(parts.mean, 0.06);
  EXPECT_DOUBLE_EQ(parts.before, 2);
  EXPECT_FALSE(parts.outside);
}

TEST(ProgramPoints, KindsOfRunsAreNotMixed) {
  ProgramRun cut = of({4, 4}, 5, 9);
  cut.steady = SteadyState{"MPI_Barrier on all ranks", 10, Seconds(5), Seconds(0)};
  ProgramRun plain = of({1, 1, 1}, 2, 3);
  plain.by_rank.clear();
  const auto points =
      program_points({of({8}, 8, 9), of({4, 4}, 5, 6), of({4, 4}, 5, 6), cut, plain});
  ASSERT_EQ(points.points.size(), 2U);
  EXPECT_EQ(points.points[1].runs.size(), 2U);
  EXPECT_FALSE(points.per_repetition);
  EXPECT_TRUE(points.profiled);
  EXPECT_EQ(points.left_out.size(), 2U);
}

TEST(ProgramPoints, WhatWasNotProfiledIsAllOneTime) {
  const auto points = program_points(worlds::unprofiled({of({4, 4}, 5, 6), of({8}, 8, 9)}));
  EXPECT_FALSE(points.profiled);
  EXPECT_DOUBLE_EQ(points.points.at(0).runs.at(0).mean, 9);
  EXPECT_DOUBLE_EQ(points.points.at(1).runs.at(0).mean, 6);
}

TEST(ProgramPoints, MasterAndWorkersAreTold) {
  const auto of_kind = [](worlds::Kind kind) {
    return program_points(worlds::sample(worlds::world_of(kind, 1), {2, 4, 8}, 1, 1)).master_worker;
  };
  EXPECT_TRUE(of_kind(worlds::Kind::master));
  EXPECT_FALSE(of_kind(worlds::Kind::halo));
  EXPECT_FALSE(of_kind(worlds::Kind::plane));
  EXPECT_FALSE(of_kind(worlds::Kind::gradient));
  EXPECT_FALSE(of_kind(worlds::Kind::transpose));
}

TEST(ProgramPoints, ARootThatComputesLikeTheOthersIsNoMaster) {
  // Everybody tells rank 0 after each of 60 steps, and is answered.
  const auto told = [](int ranks, double of_root) {
    std::vector<double> computing(static_cast<std::size_t>(ranks), 1.8);
    computing[0] = of_root;
    ProgramRun run = of(computing, 2, 2.3);
    for (int r = 1; r < ranks; ++r) {
      run.by_rank[0].peers.push_back({r, 60, 480});
      run.by_rank[static_cast<std::size_t>(r)].peers.push_back({0, 60, 60'000});
    }
    return run;
  };
  const auto is_master = [&](double of_root) {
    return program_points({told(2, of_root), told(4, of_root), told(8, of_root)}).master_worker;
  };
  EXPECT_FALSE(is_master(1.8));
  EXPECT_TRUE(is_master(0.1));
}

TEST(ProgramPoints, BrokenRunsAreRefused) {
  ProgramRun run = of({4, 4}, 5, 6);
  run.ranks = 3;
  EXPECT_THROW(static_cast<void>(program_points({run})), std::invalid_argument);
  run = of({4}, 5, std::nan(""));
  EXPECT_THROW(static_cast<void>(program_points({run})), std::invalid_argument);
  run = of({4}, 5, -1);
  EXPECT_THROW(static_cast<void>(program_points({run})), std::invalid_argument);
  run = of({4}, 5, 6);
  run.threads_per_rank = 0;
  EXPECT_THROW(static_cast<void>(program_points({run})), std::invalid_argument);
  run = of({4}, 5, 6);
  run.steady = SteadyState{"MPI_Wait on every rank", 0, Seconds(1), Seconds(0)};
  EXPECT_THROW(static_cast<void>(program_points({run})), std::invalid_argument);
}

TEST(DescribeConfig, SaysNoMoreThanNeeded) {
  EXPECT_EQ(describe(ProgramConfig{1, 1, 1}), "1 rank");
  EXPECT_EQ(describe(ProgramConfig{8, 2, 4}), "8 ranks x 4 threads on 2 nodes");
}

}  // namespace
}  // namespace mpisize
