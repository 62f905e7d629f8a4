#include "mpisize/model/work_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using Runs = std::vector<mpisize::Run>;

std::vector<std::int64_t> positions(const Runs& runs) {
  std::vector<std::int64_t> all;
  for (const auto& run : runs) {
    for (std::int64_t i = 0; i < run.count; ++i) all.push_back(run.first + i);
  }
  return all;
}

TEST(WorkList, HandsOutARangeFromTheFront) {
  WorkList list(10);
  Runs runs;
  list.take(4, runs);
  EXPECT_EQ(runs, (Runs{{0, 4}}));
  EXPECT_EQ(list.left(), 6);
  list.take(100, runs);
  EXPECT_EQ(runs, (Runs{{0, 4}, {4, 6}}));
  EXPECT_EQ(list.left(), 0);
  list.take(1, runs);
  EXPECT_EQ(runs.size(), 2U);
}

TEST(WorkList, StepsOverHoles) {
  WorkList list(10, {{8, 2}, {2, 3}});
  EXPECT_EQ(list.left(), 5);
  Runs runs;
  list.take(3, runs);
  EXPECT_EQ(runs, (Runs{{0, 2}, {5, 1}}));
  runs.clear();
  list.take(3, runs);
  EXPECT_EQ(runs, (Runs{{6, 2}}));
}

TEST(WorkList, OfNothingHasNothing) {
  EXPECT_EQ(WorkList().left(), 0);
  WorkList all_taken(5, {{0, 2}, {2, 3}});
  Runs runs;
  all_taken.take(5, runs);
  EXPECT_TRUE(runs.empty());
}

TEST(WorkList, IsTheSetOfAllPositionsWithoutTheTakenOnes) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t items = random.below(60);
    std::set<std::int64_t> naive;
    for (std::int64_t i = 0; i < items; ++i) naive.insert(i);
    Runs taken;
    for (std::int64_t at = random.below(5); at < items;) {
      const std::int64_t count = std::min(items - at, 1 + random.below(4));
      taken.push_back({at, count});
      for (std::int64_t i = 0; i < count; ++i) naive.erase(at + i);
      at += count + random.below(5);
    }
    for (std::size_t i = taken.size(); i > 1; --i) {
      std::swap(taken[i - 1],
                taken[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    }
    WorkList list(items, taken);
    EXPECT_EQ(list.left(), static_cast<std::int64_t>(naive.size()));
    while (!naive.empty()) {
      const std::int64_t count = 1 + random.below(9);
      Runs runs;
      list.take(count, runs);
      std::vector<std::int64_t> expected;
      while (!naive.empty() && static_cast<std::int64_t>(expected.size()) < count) {
        expected.push_back(*naive.begin());
        naive.erase(naive.begin());
      }
      EXPECT_EQ(positions(runs), expected);
      EXPECT_EQ(list.left(), static_cast<std::int64_t>(naive.size()));
    }
  }
}

TEST(WorkList, RefusesHolesThatOverlapOrLieOutside) {
  EXPECT_THROW(WorkList(10, {{0, 3}, {2, 2}}), std::invalid_argument);
  EXPECT_THROW(WorkList(10, {{8, 3}}), std::invalid_argument);
  EXPECT_THROW(WorkList(10, {{-1, 2}}), std::invalid_argument);
  EXPECT_THROW(WorkList(10, {{3, -1}}), std::invalid_argument);
  EXPECT_THROW(WorkList(-1), std::invalid_argument);
}

TEST(StratifiedPicks, FirstPicksLieOneInEachStratumForEveryPowerOfTwo) {
  for (const std::int64_t items : {1, 2, 64, 1024}) {
    for (const std::uint64_t seed : {0ULL, 1ULL, 42ULL, 0xffffffffffffffffULL}) {
      StratifiedPicks picks(items, seed);
      std::vector<std::int64_t> picked;
      for (std::int64_t strata = 1; strata <= items; strata *= 2) {
        while (static_cast<std::int64_t>(picked.size()) < strata) picked.push_back(picks.next(1));
        std::set<std::int64_t> hit;
        for (const std::int64_t p : picked) hit.insert(p * strata / items);
        EXPECT_EQ(static_cast<std::int64_t>(hit.size()), strata)
            << items << " items, seed " << seed;
      }
    }
  }
}

TEST(StratifiedPicks, FirstPicksLieOneInEachStratumOfAnyLargeRange) {
  constexpr std::int64_t items = 1'000'003;
  StratifiedPicks picks(items, 3);
  std::set<std::int64_t> hit;
  constexpr std::int64_t strata = 256;
  for (std::int64_t i = 0; i < strata; ++i) hit.insert(picks.next(1) * strata / items);
  EXPECT_EQ(static_cast<std::int64_t>(hit.size()), strata);
}

TEST(StratifiedPicks, PicksEveryItemOnceAndThenNone) {
  for (const std::int64_t items : {1, 2, 3, 100, 257, 1000}) {
    StratifiedPicks picks(items, 11);
    std::set<std::int64_t> picked;
    for (std::int64_t i = 0; i < items; ++i) {
      const std::int64_t p = picks.next(1);
      EXPECT_GE(p, 0);
      EXPECT_LT(p, items);
      EXPECT_TRUE(picked.insert(p).second) << p << " twice";
    }
    EXPECT_EQ(picks.next(1), -1);
    EXPECT_EQ(StratifiedPicks(0, 1).next(1), -1);
  }
}

TEST(StratifiedPicks, StretchesDoNotOverlapAndFillTheRange) {
  StratifiedPicks picks(1000, 5);
  Random random(9);
  std::set<std::int64_t> seen;
  while (seen.size() < 1000) {
    // Where no room is left for a long stretch, there is for single items.
    std::int64_t stretch = 1 + random.below(8);
    std::int64_t first = picks.next(stretch);
    if (first < 0) first = picks.next(stretch = 1);
    ASSERT_GE(first, 0);
    for (std::int64_t i = first; i < first + stretch; ++i) {
      EXPECT_LT(i, 1000);
      EXPECT_TRUE(seen.insert(i).second) << i << " twice";
    }
  }
  EXPECT_EQ(positions(picks.taken()), std::vector<std::int64_t>(seen.begin(), seen.end()));
}

TEST(StratifiedPicks, PicksAnyItemFirstDependingOnTheSeed) {
  std::vector<int> hits(16);
  constexpr int seeds = 3200;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    ++hits[static_cast<std::size_t>(StratifiedPicks(16, seed).next(1))];
  }
  // 200 expected each; binomial standard deviation 14.
  for (const int h : hits) EXPECT_NEAR(h, seeds / 16.0, 70);
}

TEST(StratifiedPicks, AreTheSameForTheSameSeed) {
  StratifiedPicks a(500, 4);
  StratifiedPicks b(500, 4);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(2), b.next(2));
}

TEST(StratifiedPicks, TakenRunsMakeTheWorkListOfTheRest) {
  StratifiedPicks picks(100, 8);
  for (int i = 0; i < 10; ++i) (void)picks.next(3);
  EXPECT_EQ(WorkList(100, picks.taken()).left(), 70);
}

}  // namespace
}  // namespace mpisize
