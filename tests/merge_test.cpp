#include <gtest/gtest.h>

#include "sampling.hpp"

namespace mpisize::tools {
namespace {

KernelProfile profile_of(const std::vector<double>& times) {
  KernelProfile profile;
  profile.items = 100;
  ItemSample first;
  first.time = Seconds(1);
  first.first = true;
  profile.samples.push_back(first);
  for (const double time : times) {
    ItemSample sample;
    sample.count = 2;
    sample.time = Seconds(2 * time);
    profile.samples.push_back(sample);
  }
  return profile;
}

TEST(Merge, TakesTheSamplesOfTheLargest) {
  const auto large = profile_of({0.2, 0.2, 0.2});
  EXPECT_EQ(merge({{1, profile_of({0.1, 0.1})}, {4, large}}).samples, large.samples);
}

TEST(Merge, SlowsDownByTheRatioOfTheMeansWithoutTheFirstItems) {
  const auto merged =
      merge({{1, profile_of({0.1, 0.1, 0.1})}, {4, profile_of({0.15, 0.15, 0.15})}});
  ASSERT_EQ(merged.slowdown.size(), 1U);
  EXPECT_EQ(merged.slowdown[0].ranks_per_node, 4);
  EXPECT_NEAR(merged.slowdown[0].factor.value, 1.5, 1e-12);
  EXPECT_EQ(merged.slowdown[0].factor.source, Source::measured);
}

TEST(Merge, WidensTheIntervalWithTheSpread) {
  const auto even = merge({{1, profile_of({0.1, 0.1, 0.1})}, {2, profile_of({0.2, 0.2, 0.2})}});
  const auto uneven = merge({{1, profile_of({0.05, 0.1, 0.15})}, {2, profile_of({0.2, 0.2, 0.2})}});
  const auto width = [](const KernelProfile& p) {
    return p.slowdown.at(0).factor.high - p.slowdown.at(0).factor.low;
  };
  EXPECT_NEAR(width(even), 0, 1e-12);
  EXPECT_GT(width(uneven), 0.1);
}

TEST(Merge, NeverMakesMoreRanksFasterItems) {
  const auto merged = merge({{1, profile_of({0.1, 0.1})}, {2, profile_of({0.09, 0.09})}});
  EXPECT_EQ(merged.slowdown.at(0).factor.value, 1.0);
}

TEST(Merge, KeepsWhatEachRunMeasuredWhereNoneHadOneRank) {
  auto two = profile_of({0.1});
  two.slowdown = {{2, measured(1.1, 1.0, 1.2)}};
  auto four = profile_of({0.1});
  four.slowdown = {{4, measured(1.3, 1.2, 1.4)}};
  const auto merged = merge({{2, two}, {4, four}});
  ASSERT_EQ(merged.slowdown.size(), 2U);
  EXPECT_EQ(merged.slowdown[0], two.slowdown[0]);
  EXPECT_EQ(merged.slowdown[1], four.slowdown[0]);
}

TEST(Merge, KeepsTheLargestMemory) {
  auto one = profile_of({0.1});
  one.rank_memory = Bytes(500);
  auto two = profile_of({0.1});
  two.rank_memory = Bytes(400);
  EXPECT_EQ(merge({{1, one}, {2, two}}).rank_memory, Bytes(500));
}

}  // namespace
}  // namespace mpisize::tools
