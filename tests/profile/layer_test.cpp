// The profiling layer before programs of which every call is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "child.hpp"
#include "layer_run.hpp"
#include "mpisize/measure/counter_view.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/steady_state.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using testing::LayerRun;
using testing::Peers;
using testing::Routines;

constexpr int ranks = 4;

/// programs/known.c in one of its ways.
std::vector<RankUse> known(LayerRun& run, const std::string& mode) {
  auto all = run.run(ranks, {MPISIZE_TEST_PROGRAMS "/known_c", mode, run.path().string()});
  EXPECT_EQ(all.size(), ranks);
  return all;
}

TEST(Layer, CountsSendsStartsAndReceivesExactly) {
  LayerRun run;
  for (const RankUse& rank : known(run, "point_to_point")) {
    EXPECT_EQ(testing::routines(rank), (Routines{{{"MPI_Iprobe", 4}, {5, 0}},
                                                 {{"MPI_Irecv", 4}, {2, 0}},
                                                 {{"MPI_Isend", 4}, {3, 1200}},
                                                 {{"MPI_Recv", 4}, {3, 0}},
                                                 {{"MPI_Recv_init", 4}, {1, 0}},
                                                 {{"MPI_Request_free", 0}, {2, 0}},
                                                 {{"MPI_Send", 4}, {2, 64}},
                                                 {{"MPI_Send_init", 4}, {1, 0}},
                                                 {{"MPI_Sendrecv", 4}, {2, 160}},
                                                 {{"MPI_Ssend", 4}, {1, 4}},
                                                 {{"MPI_Start", 4}, {2, 24}},
                                                 {{"MPI_Startall", 4}, {3, 72}},
                                                 {{"MPI_Wait", 0}, {5, 0}},
                                                 {{"MPI_Waitall", 0}, {5, 0}}}));
    // Nothing of the one to MPI_PROC_NULL.
    EXPECT_EQ(testing::peers(rank), (Peers{{(rank.rank + 1) % ranks, {11, 1524}}}));
    EXPECT_TRUE(rank.ended);
    EXPECT_FALSE(rank.sampled);
    EXPECT_EQ(rank.other_messages, 0);
    EXPECT_FALSE(rank.host.empty());
  }
  EXPECT_EQ(run.done.exit_code(), 0) << run.errors();
}

TEST(Layer, KnowsTheSizeOfEachCommunicatorThoughHandlesAreUsedAgain) {
  LayerRun run;
  const auto all = known(run, "communicators");
  const Routines everyone{{{"MPI_Allreduce", 4}, {1, 4}},   {{"MPI_Bcast", 4}, {1, 0}},
                          {{"MPI_Comm_free", 2}, {11, 0}},  {{"MPI_Comm_free", 4}, {11, 0}},
                          {{"MPI_Comm_split", 4}, {21, 0}}, {{"MPI_Intercomm_create", 2}, {1, 0}}};
  std::vector<Routines> expected(ranks, everyone);
  expected[0][{"MPI_Bcast", 4}] = {1, 4};
  expected[0][{"MPI_Send", 2}] = {10, 80};
  expected[0][{"MPI_Send", 4}] = {11,
                                  88};  // The whole of it ten times, the intercommunicator once.
  expected[1][{"MPI_Send", 2}] = {10, 80};
  expected[1][{"MPI_Recv", 4}] = {11, 0};
  expected[2][{"MPI_Recv", 2}] = {10, 0};
  expected[2][{"MPI_Send", 4}] = {1, 8};
  expected[3][{"MPI_Recv", 2}] = {10, 0};
  expected[3][{"MPI_Recv", 4}] = {1, 0};
  for (int i = 0; i < ranks; ++i) EXPECT_EQ(testing::routines(all.at(i)), expected[i]) << i;
  // Peers are ranks of MPI_COMM_WORLD, whatever they are in the communicator.
  EXPECT_EQ(testing::peers(all.at(0)), (Peers{{1, {11, 88}}, {2, {10, 80}}}));
  EXPECT_EQ(testing::peers(all.at(1)), (Peers{{3, {10, 80}}}));
  EXPECT_EQ(testing::peers(all.at(2)), (Peers{{3, {1, 8}}}));
  EXPECT_EQ(testing::peers(all.at(3)), (Peers{}));
}

TEST(Layer, CountsWhatEachRankContributesToACollective) {
  LayerRun run;
  for (const RankUse& rank : known(run, "collective")) {
    const std::int64_t r = rank.rank;
    const bool end = r == 0 || r == ranks - 1;
    // To the neighbour below one double, to the one above three.
    const std::int64_t neighbors = std::int64_t{8} * ((r > 0 ? 1 : 0) + (r < ranks - 1 ? 3 : 0));
    EXPECT_EQ(testing::routines(rank), (Routines{{{"MPI_Allgather", 4}, {1, 16}},
                                                 {{"MPI_Allgatherv", 4}, {1, 8 * (r + 1)}},
                                                 {{"MPI_Allreduce", 4}, {1, 40}},
                                                 {{"MPI_Alltoall", 4}, {2, 128}},
                                                 {{"MPI_Alltoallv", 4}, {1, 64}},
                                                 {{"MPI_Alltoallw", 4}, {1, 64}},
                                                 {{"MPI_Barrier", 4}, {1, 0}},
                                                 {{"MPI_Bcast", 4}, {1, r == 1 ? 32 : 0}},
                                                 {{"MPI_Cart_create", 4}, {1, 0}},
                                                 {{"MPI_Comm_free", 4}, {1, 0}},
                                                 {{"MPI_Exscan", 4}, {1, 56}},
                                                 {{"MPI_Gather", 4}, {1, 16}},
                                                 {{"MPI_Gatherv", 4}, {1, 8 * (r + 1)}},
                                                 {{"MPI_Iallreduce", 4}, {1, 40}},
                                                 {{"MPI_Ibarrier", 4}, {1, 0}},
                                                 {{"MPI_Neighbor_alltoall", 4}, {1, end ? 8 : 16}},
                                                 {{"MPI_Neighbor_alltoallv", 4}, {1, neighbors}},
                                                 {{"MPI_Reduce", 4}, {1, 40}},
                                                 {{"MPI_Reduce_scatter", 4}, {1, 64}},
                                                 {{"MPI_Reduce_scatter_block", 4}, {1, 64}},
                                                 {{"MPI_Scan", 4}, {1, 48}},
                                                 {{"MPI_Scatter", 4}, {1, r == 1 ? 96 : 0}},
                                                 {{"MPI_Scatterv", 4}, {1, r == 0 ? 80 : 0}},
                                                 {{"MPI_Wait", 0}, {2, 0}}}))
        << r;
    EXPECT_TRUE(rank.peers.empty());  // Their messages are MPI's own.
  }
}

TEST(Layer, CountsOneSidedTransfersAndFilesAndNotWhatMpiCallsWithinThem) {
  LayerRun run;
  for (const RankUse& rank : known(run, "one_sided_and_files")) {
    EXPECT_EQ(testing::routines(rank), (Routines{{{"MPI_Accumulate", 4}, {1, 32}},
                                                 {{"MPI_Barrier", 4}, {1, 0}},
                                                 {{"MPI_File_close", 4}, {1, 0}},
                                                 {{"MPI_File_open", 4}, {1, 0}},
                                                 {{"MPI_File_read_at_all", 4}, {1, 64}},
                                                 {{"MPI_File_sync", 4}, {1, 0}},
                                                 {{"MPI_File_write_at", 0}, {1, 64}},
                                                 {{"MPI_Get", 4}, {1, 16}},
                                                 {{"MPI_Put", 4}, {1, 24}},
                                                 {{"MPI_Win_create", 4}, {1, 0}},
                                                 {{"MPI_Win_fence", 4}, {4, 0}},
                                                 {{"MPI_Win_free", 4}, {1, 0}}}));
  }
}

/// programs/known.F90 through each of the three interfaces of Fortran.
class Fortran : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Layer, Fortran, ::testing::Values("mpif_h", "use_mpi", "use_mpi_f08"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(Fortran, CallsAreCountedOnceUnderTheirNamesInC) {
#ifndef MPISIZE_TEST_FORTRAN
  GTEST_SKIP() << "built without a Fortran compiler that has MPI's modules: install gfortran";
#endif
  LayerRun run;
  const auto all = run.run(ranks, {std::string(MPISIZE_TEST_PROGRAMS "/known_") + GetParam()});
  EXPECT_EQ(run.done.exit_code(), 0) << run.errors();
  ASSERT_EQ(all.size(), ranks);
  for (const RankUse& rank : all) {
    Routines expected{{{"MPI_Allgather", 4}, {1, 16}},
                      {{"MPI_Allreduce", 4}, {1, 40}},
                      {{"MPI_Alltoall", 4}, {1, 64}},
                      {{"MPI_Barrier", 2}, {1, 0}},
                      {{"MPI_Bcast", 4}, {1, rank.rank == 1 ? 32 : 0}},
                      {{"MPI_Comm_free", 2}, {1, 0}},
                      {{"MPI_Comm_split", 4}, {1, 0}},
                      {{"MPI_Iprobe", 4}, {1, 0}},
                      {{"MPI_Isend", 4}, {3, 1200}},
                      {{"MPI_Recv", 4}, {3, 0}},
                      {{"MPI_Recv_init", 4}, {1, 0}},
                      {{"MPI_Request_free", 0}, {2, 0}},
                      {{"MPI_Send", 4}, {1, 0}},
                      {{"MPI_Send_init", 4}, {1, 0}},
                      {{"MPI_Sendrecv", 4}, {1, 80}},
                      {{"MPI_Startall", 4}, {2, 48}},
                      {{"MPI_Test", 0}, {1, 0}},
                      {{"MPI_Wait", 0}, {3, 0}},
                      {{"MPI_Waitall", 0}, {2, 0}}};
    Peers messages{{(rank.rank + 1) % ranks, {6, 1328}}};
    if (rank.rank < 2) {
      expected[{"MPI_Send", 2}] = {1, 8};
      messages[rank.rank + 2] = {1, 8};
    } else {
      expected[{"MPI_Recv", 2}] = {1, 0};
    }
    EXPECT_EQ(testing::routines(rank), expected) << rank.rank;
    EXPECT_EQ(testing::peers(rank), messages) << rank.rank;
  }
}

/// Ways to end without MPI_Finalize.
class EarlyEnd : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Layer, EarlyEnd, ::testing::Values("kill", "abort", "exit"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(EarlyEnd, LeavesWhatEachRankHadCounted) {
  LayerRun run;
  for (const RankUse& rank : known(run, GetParam())) {
    const auto counted = testing::routines(rank);
    const auto barriers = counted.find({"MPI_Barrier", ranks});
    ASSERT_NE(barriers, counted.end());
    // The last is the one that the others wait in when the last rank is gone.
    const bool waits = GetParam() != std::string("exit") && rank.rank != ranks - 1;
    EXPECT_EQ(barriers->second.calls, waits ? 11 : 10);
    EXPECT_FALSE(rank.ended);
    EXPECT_LE(rank.in_mpi, rank.wall);
    EXPECT_GT(rank.peak_resident, Bytes(0));
    EXPECT_EQ(counted.contains({"MPI_Abort", ranks}),
              GetParam() == std::string("abort") && rank.rank == ranks - 1);
  }
}

TEST(Layer, KeepsTheExitStatusOfTheProgram) {
  LayerRun run;
  static_cast<void>(known(run, "abort"));
  EXPECT_EQ(run.done.exit_code(), 3);
}

TEST(Layer, CountsEveryCallOfARankInAHurryAndSaysThatItHasTimedSome) {
  LayerRun run;
  for (const RankUse& rank : known(run, "hurried")) {
    EXPECT_EQ(testing::routines(rank),
              (Routines{{{"MPI_Barrier", 4}, {10, 0}}, {{"MPI_Test", 0}, {3'000'000, 0}}}));
    EXPECT_TRUE(rank.sampled);
    EXPECT_LE(rank.in_mpi, rank.wall);
    EXPECT_GT(rank.in_mpi, Seconds(0));
  }
}

TEST(Layer, CountsTheCallsOfThreadsThatCallAtOnce) {
  constexpr int threads = 3;
  constexpr std::int64_t each = 2000;
  LayerRun run;
  const auto all =
      run.run(2, {MPISIZE_TEST_PROGRAMS "/threads", std::to_string(threads), std::to_string(each)});
  EXPECT_EQ(run.done.exit_code(), 0) << run.errors();
  ASSERT_EQ(all.size(), 2);
  for (const RankUse& rank : all) {
    constexpr std::int64_t total = threads * each;
    EXPECT_EQ(testing::routines(rank), (Routines{{{"MPI_Comm_free", 1}, {1, 0}},
                                                 {{"MPI_Comm_split", 2}, {1, 0}},
                                                 {{"MPI_Isend", 1}, {total, 8 * total}},
                                                 {{"MPI_Recv", 1}, {total, 0}},
                                                 {{"MPI_Wait", 0}, {total, 0}}}));
    EXPECT_EQ(testing::peers(rank), (Peers{{rank.rank, {total, 8 * total}}}));
    // Those of MPI itself are not among them.
    EXPECT_EQ(rank.threads, threads);
  }
}

TEST(Layer, CanBeReadWhileTheProgramRuns) {
  LayerRun run;
  const Command line = run.command(2, {MPISIZE_TEST_PROGRAMS "/known_c", "wait"});
  testing::Child mpirun([&] { return mpisize::run(line).exit_code(); });
  CounterView view(run.counters());
  const auto barriers = [&] {
    view.find_new();
    std::vector<std::int64_t> calls;
    for (const LiveRank& rank : view.now()) {
      for (const RoutineUse& use : rank.routines) {
        if (use.routine == "MPI_Barrier" && use.comm_size == 2) calls.push_back(use.calls);
      }
    }
    return calls;
  };
  const auto wait_for = [&](std::int64_t least) {
    const Seconds begin = now();
    while (now() - begin < Seconds(30)) {
      const auto calls = barriers();
      if (calls.size() == 2 && calls[0] >= least && calls[1] >= least) return true;
      polite_sleep(Seconds(0.01));
    }
    return false;
  };
  ASSERT_TRUE(wait_for(3));
  const auto earlier = view.ranks();
  ASSERT_EQ(earlier.size(), 2);
  ASSERT_TRUE(wait_for(testing::routines(earlier[0]).at({"MPI_Barrier", 2}).calls + 10));
  const auto later = view.ranks();
  const RankUse stretch = between(earlier[0], later[0]);
  EXPECT_GE(testing::routines(stretch).at({"MPI_Barrier", 2}).calls, 10);
  EXPECT_FALSE(later[0].ended);
  // Each of them comes after a sleep of 20 ms; one may have been under way at the earlier look.
  EXPECT_GT(stretch.wall, Seconds(9 * 0.02));
  EXPECT_EQ(mpirun.wait(), 0);
  EXPECT_TRUE(view.ranks().at(0).ended);
}

TEST(Layer, LeavesAProgramAloneThatIsNotToBeCounted) {
  LayerRun run;
  Command line = run.command(2, {MPISIZE_TEST_PROGRAMS "/known_c", "communicators_not"});
  std::replace(line.argv.begin(), line.argv.end(),
               std::string(counters::directory_variable) + "=" + run.counters().string(),
               std::string(counters::directory_variable) + "=");
  EXPECT_TRUE(run.run(line).empty());
  EXPECT_EQ(run.done.exit_code(), 0);
  EXPECT_EQ(run.errors(), "");
}

TEST(Layer, SaysWhyItCannotCountAndLetsTheProgramRun) {
  LayerRun run;
  Command line = run.command(1, {MPISIZE_TEST_PROGRAMS "/known_c"});
  std::replace(line.argv.begin(), line.argv.end(),
               std::string(counters::directory_variable) + "=" + run.counters().string(),
               std::string(counters::directory_variable) + "=/nowhere/at/all");
  EXPECT_TRUE(run.run(line).empty());
  EXPECT_EQ(run.done.exit_code(), 0);
  EXPECT_THAT(run.errors(), HasSubstr("a file in '/nowhere/at/all' cannot be made: No such file"));
}

TEST(Layer, FilesAreTheUsersAlone) {
  LayerRun run;
  static_cast<void>(known(run, "point_to_point"));
  for (const auto& file : counter_files(run.counters())) {
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

}  // namespace
}  // namespace mpisize
