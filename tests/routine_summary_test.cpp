#include "mpisize/model/routine_summary.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "history_values.hpp"

namespace mpisize {
namespace {

TEST(RoutineSummary, AddsUpOverTheRanksThatCalled) {
  ProgramRun run;
  run.by_rank.resize(4);
  run.by_rank[0].routines = {{"MPI_Bcast", 4, 10, 80, Seconds(1)}};
  run.by_rank[1].routines = {{"MPI_Bcast", 4, 10, 0, Seconds(4)},
                             {"MPI_Wait", 0, 3, 0, Seconds(20)}};
  run.by_rank[3].routines = {{"MPI_Bcast", 2, 1, 8, Seconds(0.5)},
                             {"MPI_Bcast", 4, 11, 0, Seconds(3)}};
  const auto summary = summarize_routines(run);
  ASSERT_EQ(summary.size(), 3U);
  EXPECT_EQ(summary[0],
            (RoutineSummary{"MPI_Wait", 0, 1, 3, 0, {Seconds(20), Seconds(20), Seconds(20)}}));
  EXPECT_EQ(summary[1],
            (RoutineSummary{"MPI_Bcast", 4, 3, 31, 80, {Seconds(1), Seconds(3), Seconds(4)}}));
  EXPECT_EQ(summary[2],
            (RoutineSummary{"MPI_Bcast", 2, 1, 1, 8, {Seconds(0.5), Seconds(0.5), Seconds(0.5)}}));
}

TEST(RoutineSummary, SumBeyondItsTypeStaysAtTheLargest) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  ProgramRun run;
  run.by_rank.resize(2);
  for (RankUse& rank : run.by_rank) {
    rank.routines = {{"MPI_Send", 2, largest - 1, 1, Seconds(1)}};
  }
  EXPECT_EQ(summarize_routines(run).front().calls, largest);
  EXPECT_EQ(summarize_routines(run).front().bytes, 2);
}

TEST(RoutineSummary, NothingOfNoRanks) {
  EXPECT_TRUE(summarize_routines(ProgramRun{}).empty());
  EXPECT_EQ(over_ranks(ProgramRun{}, &RankUse::wall), OverRanks{});
}

TEST(OverRanks, IsLeastMedianAndMost) {
  const ProgramRun run = sample::program_run(3);
  const auto wall = over_ranks(run, &RankUse::wall);
  EXPECT_EQ(wall.most, run.by_rank[0].wall);
  EXPECT_EQ(wall.median, run.by_rank[1].wall);
  EXPECT_EQ(wall.least, run.by_rank[2].wall);
}

}  // namespace
}  // namespace mpisize
