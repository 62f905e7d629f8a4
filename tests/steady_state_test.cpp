#include "mpisize/model/steady_state.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mpisize {
namespace {

/// A made program: starts up, then repeats; looked at every `period`.
struct Made {
  int ranks = 4;
  double start_up = 3;
  double step = 0.25;
  double drift = 0;  ///< A step takes that much longer for each second.
  bool with_allreduce = true;
  int messages = 2;  ///< Of an inner rank in a step; the outer ones have one less.
};

std::int64_t steps_until(const Made& made, double time) {
  double at = made.start_up;
  std::int64_t steps = 0;
  while ((at += made.step * (1 + made.drift * at)) <= time) ++steps;
  return steps;
}

CounterLook look_at(const Made& made, double time) {
  CounterLook look;
  look.at = Seconds(time);
  const std::int64_t steps = steps_until(made, time);
  for (int rank = 0; rank < made.ranks; ++rank) {
    RankUse use;
    use.rank = rank;
    use.wall = Seconds(time);
    use.in_mpi = Seconds(0.01 * static_cast<double>(steps));
    const bool inner = rank > 0 && rank + 1 < made.ranks;
    const std::int64_t sends = steps * (inner ? made.messages : made.messages - 1);
    use.routines.push_back({"MPI_Bcast", made.ranks, 3, 24, Seconds(0.1)});
    use.routines.push_back({"MPI_Isend", made.ranks, sends, 8 * sends, Seconds(0.001)});
    use.routines.push_back({"MPI_Waitall", 0, 2 * steps, 0, Seconds(0.005)});
    if (made.with_allreduce) {
      use.routines.push_back({"MPI_Allreduce", made.ranks, steps, 8 * steps, Seconds(0.004)});
    }
    if (sends > 0) use.peers.push_back({(rank + 1) % made.ranks, sends, 8 * sends});
    look.ranks.push_back(use);
  }
  return look;
}

std::vector<CounterLook> watch(const Made& made, int looks, double period = 0.1) {
  std::vector<CounterLook> result;
  for (int i = 1; i <= looks; ++i) result.push_back(look_at(made, i * period));
  return result;
}

TEST(SteadyStretch, RateIsThatOfTheStepsWhateverTheStartUpTook) {
  for (const double start_up : {0.5, 3.0, 9.0}) {
    const auto found = steady_stretch(watch({.start_up = start_up}, 200));
    ASSERT_TRUE(found) << start_up;
    const double rate = static_cast<double>(found->state.repetitions) / found->state.time.value();
    EXPECT_NEAR(rate, 1 / 0.25, 0.01 / 0.25) << start_up;
    EXPECT_GE(found->state.before, Seconds(start_up));
  }
}

TEST(SteadyStretch, CountsACollectiveOnAllRanksIfThereIsOne) {
  const auto found = steady_stretch(watch({}, 200));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pattern, (Pattern{"MPI_Allreduce", Pattern::Counted::all_ranks}));
  EXPECT_EQ(found->state.pattern, "MPI_Allreduce on all ranks");
}

TEST(SteadyStretch, ElseWhatEveryRankCallsEquallyOften) {
  const auto found = steady_stretch(watch({.with_allreduce = false}, 200));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pattern, (Pattern{"MPI_Waitall", Pattern::Counted::every_rank}));
  const double rate = static_cast<double>(found->state.repetitions) / found->state.time.value();
  EXPECT_NEAR(rate, 2 / 0.25, 0.02 / 0.25);
}

TEST(SteadyStretch, ElseWhatTheRootCalls) {
  auto looks = watch({.with_allreduce = false}, 200);
  for (CounterLook& look : looks) {
    const std::int64_t items = std::llround(look.at.value() * 10);
    for (RankUse& rank : look.ranks) {
      rank.routines = {
          {"MPI_Recv", 4, rank.rank == 0 ? items : items / (3 + rank.rank), 0, Seconds(0)}};
    }
  }
  const auto found = steady_stretch(looks);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pattern, (Pattern{"MPI_Recv", Pattern::Counted::rank_zero}));
}

TEST(SteadyStretch, TakesThePatternOfAnEarlierRun) {
  const Pattern waitall{"MPI_Waitall", Pattern::Counted::every_rank};
  const auto found = steady_stretch(watch({}, 200), waitall);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pattern, waitall);
}

TEST(SteadyStretch, RanksAreThoseOfTheStretchAlone) {
  const auto found = steady_stretch(watch({}, 200));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->ranks.size(), 4U);
  for (const RankUse& rank : found->ranks) {
    EXPECT_NEAR(rank.wall.value(), found->state.time.value(), 1e-9);
    for (const RoutineUse& use : rank.routines) {
      EXPECT_NE(use.routine, "MPI_Bcast");  // of the start-up
      if (use.routine == "MPI_Allreduce") {
        EXPECT_EQ(use.calls, found->state.repetitions);
      }
    }
  }
}

TEST(SteadyStretch, NoneDuringTheStartUp) {
  EXPECT_FALSE(steady_stretch(watch({.start_up = 30}, 200)));
}

TEST(SteadyStretch, NoneWithTooFewRepetitions) {
  EXPECT_FALSE(steady_stretch(watch({.start_up = 1, .step = 4}, 200)));
}

TEST(SteadyStretch, NoneWhereTheRateKeepsFalling) {
  EXPECT_FALSE(steady_stretch(watch({.start_up = 0.1, .step = 0.02, .drift = 1}, 200)));
}

TEST(SteadyStretch, NoneWithoutALook) { EXPECT_FALSE(steady_stretch({})); }

TEST(RepetitionsOf, AreThoseOfTheSlowestRank) {
  auto ranks = look_at({}, 8).ranks;
  const std::int64_t steps = steps_until({}, 8);
  EXPECT_EQ(repetitions_of(ranks, {"MPI_Allreduce", Pattern::Counted::all_ranks}), steps);
  for (RoutineUse& use : ranks[2].routines) --use.calls;
  EXPECT_EQ(repetitions_of(ranks, {"MPI_Allreduce", Pattern::Counted::all_ranks}), steps - 1);
  EXPECT_EQ(repetitions_of(ranks, {"MPI_Allreduce", Pattern::Counted::rank_zero}), steps);
  EXPECT_EQ(repetitions_of({}, {"MPI_Allreduce", Pattern::Counted::all_ranks}), 0);
}

TEST(Between, LeavesOutWhatDidNotHappen) {
  const Made made;
  const auto ranks = between(look_at(made, 5), look_at(made, 6));
  ASSERT_EQ(ranks.size(), 4U);
  for (const RankUse& rank : ranks) {
    EXPECT_DOUBLE_EQ(rank.wall.value(), 1);
    for (const RoutineUse& use : rank.routines) EXPECT_GT(use.calls, 0);
  }
}

}  // namespace
}  // namespace mpisize
