#include "mpisize/choose/rank_kind.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace mpisize {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST(RankKind, WithoutAFailureOrASuccessThereIsNone) {
  EXPECT_FALSE(kind_of_ranks({1, 3, 7}, {}, 16));
  EXPECT_FALSE(kind_of_ranks({}, {6, 3}, 16));
}

TEST(RankKind, PowersOfTwoWhereOthersFailed) {
  const auto kind = kind_of_ranks({1, 4}, {6, 3}, 40);
  ASSERT_TRUE(kind);
  EXPECT_EQ(kind->words, "powers of two");
  EXPECT_THAT(kind->counts, ElementsAre(1, 2, 4, 8, 16, 32));
}

TEST(RankKind, SquaresWhereAPowerOfTwoFailed) {
  EXPECT_THAT(kind_of_ranks({1, 4}, {8, 2}, 40)->counts, ElementsAre(1, 4, 9, 16, 25, 36));
}

TEST(RankKind, DivisorsOfTheCommonMultiple) {
  EXPECT_THAT(kind_of_ranks({4, 6}, {8, 5}, 40)->counts, ElementsAre(1, 2, 3, 4, 6, 12));
}

TEST(RankKind, ElseThoseAloneOnWhichItRan) {
  // 12 would be a divisor of 12, but failed.
  EXPECT_THAT(kind_of_ranks({6, 4}, {12, 2}, 40)->counts, ElementsAre(4, 6));
  // Their common multiple is beyond any number of ranks.
  EXPECT_THAT(kind_of_ranks({65'521, 65'519}, {8}, 70'000)->counts, ElementsAre(65'519, 65'521));
}

TEST(RankKind, CountThatDidBothFailedByChance) {
  EXPECT_FALSE(kind_of_ranks({2}, {2}, 8));
  EXPECT_EQ(kind_of_ranks({1, 2}, {2, 6}, 8)->words, "powers of two");
}

TEST(RankKind, HasWhatRanAndNeverWhatFailed) {
  // Programs of five kinds, each seen on any two counts on which it runs and one on which it fails.
  const std::function<bool(int)> programs[] = {
      [](int n) { return (n & (n - 1)) == 0; }, [](int n) { return n % 2 == 0; },
      [](int n) { return 24 % n == 0; }, [](int n) { return n == 1 || n == 4 || n == 9; },
      [](int n) { return n > 3; }};
  constexpr int most = 16;
  for (const auto& accepts : programs) {
    for (int a = 1; a <= most; ++a) {
      for (int b = 1; b <= most; ++b) {
        for (int c = 1; c <= most; ++c) {
          if (!accepts(a) || !accepts(b) || accepts(c)) continue;
          const auto kind = kind_of_ranks({a, b}, {c}, most);
          ASSERT_TRUE(kind);
          EXPECT_THAT(kind->counts, Contains(a));
          EXPECT_THAT(kind->counts, Contains(b));
          EXPECT_THAT(kind->counts, Not(Contains(c)));
          EXPECT_TRUE(std::is_sorted(kind->counts.begin(), kind->counts.end()));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mpisize
