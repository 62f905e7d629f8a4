#include "mpisize/choose/candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/choose/finalists.hpp"

namespace mpisize {
namespace {

Situation situation() {
  Random random(1);
  const auto times = made::item_times(made::Shape::lognormal_cv1, 5000, 1e-4, random);
  return made::situation(
      made::request(made::machine(16, Seconds(2e-6)), made::sampled(times, 200, 1)));
}

TEST(RankGrid, HasEveryNumberUpToSixtyFourThenEighths) {
  EXPECT_EQ(rank_grid(1), std::vector<int>{1});
  EXPECT_EQ(rank_grid(5), (std::vector<int>{1, 2, 3, 4, 5}));
  const auto grid = rank_grid(1'000'000);
  EXPECT_TRUE(std::is_sorted(grid.begin(), grid.end()));
  EXPECT_EQ(grid[63], 64);
  EXPECT_EQ(grid.back(), 1'000'000);
  EXPECT_LT(grid.size(), 200U);
  for (std::size_t i = 64; i < grid.size(); ++i) EXPECT_LE(grid[i], grid[i - 1] * 1.13 + 1);
}

TEST(Search, ReturnsTheFastestFirst) {
  const auto found = search(situation(), rank_grid(16), {}, false, 20);
  ASSERT_FALSE(found.empty());
  EXPECT_LE(found.size(), 20U);
  for (std::size_t i = 1; i < found.size(); ++i) EXPECT_GE(found[i].seconds, found[i - 1].seconds);
}

TEST(Search, NothingInTheGridIsFasterThanTheFirst) {
  const Situation s = situation();
  const double best = search(s, rank_grid(16), {}, false, 1).front().seconds;
  for (int ranks = 2; ranks <= 16; ++ranks) {
    for (const bool root_computes : {true, false}) {
      for (std::int64_t chunk = 1; chunk <= 512; chunk *= 2) {
        for (int queued = 1; queued <= most_queued; queued *= 2) {
          ScatterPattern p;
          p.chunk = chunk;
          p.queued = queued;
          p.root_computes = root_computes;
          // A deeper queue must gain a thousandth.
          EXPECT_GE(closed_form(s, ranks, p).total(), best * 0.998);
        }
      }
    }
  }
}

TEST(Search, KeepsTwoNumbersOfRanksOfAKind) {
  for (const Candidate& c : search(situation(), rank_grid(16), {}, false, 20)) {
    const auto found = search(situation(), rank_grid(16), {}, false, 20);
    EXPECT_LE(std::count_if(found.begin(), found.end(),
                            [&c](const Candidate& other) {
                              return same_kind_of_plan(other.pattern, c.pattern);
                            }),
              2);
  }
}

TEST(Search, OneRankIsNoParallelPlan) {
  EXPECT_TRUE(search(situation(), {1}, {}, false, 20).empty());
  EXPECT_TRUE(search(situation(), {}, {}, false, 20).empty());
}

TEST(Finalists, TheFirstHaveBeenReplayedAlikeAndTheFewEvents) {
  const Situation s = situation();
  const auto ranks = rank_grid(16);
  const auto found = search(s, ranks, {}, false, 20);
  for (const std::int64_t bound : {4000, 200000}) {
    const auto finalists = replay_finalists(s, found, ranks, {}, bound, 1);
    ASSERT_GE(finalists.size(), 3U);
    EXPECT_GE(finalists[0].replays.size(), 8U);
    EXPECT_EQ(finalists[0].replays.size(), finalists[1].replays.size());
  }
}

TEST(Finalists, FindWhatTheClosedFormDidNotOffer) {
  // Only poor plans are offered; the walk leads to chunks that are neither too small nor too large.
  const Situation s = situation();
  Candidate poor;
  poor.ranks = 16;
  poor.pattern.chunk = 1;
  poor.pattern.queued = 1;
  const auto finalists = replay_finalists(s, {poor}, {16}, {}, 200000, 1);
  double first = 0;
  for (const Finalist& f : finalists) {
    if (f.candidate.pattern == poor.pattern) first = f.seconds;
  }
  EXPECT_LT(finalists.front().seconds, 0.95 * first);
}

TEST(Finalists, OfNoCandidatesThereAreNone) {
  EXPECT_TRUE(replay_finalists(situation(), {}, {}, {}, 1000, 1).empty());
}

}  // namespace
}  // namespace mpisize
