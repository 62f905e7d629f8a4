#include "mpisize/measure/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/model/workload.hpp"

namespace mpisize {
namespace {

TEST(SampleBounds, AreATenthOfTheItemsOrThirtyTwo) {
  EXPECT_EQ(sample_bounds(100000, Seconds(10)).most_items, 10000);
  EXPECT_EQ(sample_bounds(100, Seconds(10)).most_items, 32);
  EXPECT_EQ(sample_bounds(5, Seconds(10)).most_items, 5);
  EXPECT_EQ(sample_bounds(0, Seconds(10)).most_items, 0);
  EXPECT_EQ(sample_bounds(5, Seconds(3)).budget, Seconds(3));
}

/// After 20 stretches of items that take `item` seconds.
std::int64_t settled_stretch(double item, std::int64_t most) {
  Stretch stretch;
  for (int i = 0; i < 20; ++i) {
    stretch.took(Seconds(item * static_cast<double>(stretch.items())), most);
  }
  return stretch.items();
}

TEST(Stretch, IsOneForLongItems) { EXPECT_EQ(settled_stretch(1e-3, 1000), 1); }

TEST(Stretch, GrowsUntilItIsLongEnough) {
  for (const double item : {1e-9, 20e-9, 1e-6, 5e-6, 100e-6}) {
    const double seconds = item * static_cast<double>(settled_stretch(item, 1 << 20));
    EXPECT_GE(seconds, 250e-6) << item;
    EXPECT_LE(seconds, 1e-3) << item;
  }
}

TEST(Stretch, DoesNotGrowForAShortOneLater) {
  Stretch stretch;
  stretch.took(Seconds(1e-3), 1000);
  stretch.took(Seconds(1e-6), 1000);
  EXPECT_EQ(stretch.items(), 1);
}

TEST(Stretch, KeepsToTheMost) {
  EXPECT_EQ(settled_stretch(1e-9, 5), 5);
  EXPECT_EQ(settled_stretch(1e-9, 0), 1);  // Never below one item.
}

struct Stopped {
  std::int64_t items = 0;
  std::string why;
};

/// Samples one item after the other, `seconds` each, until the rule says stop.
Stopped sample(made::Shape shape, std::int64_t items, Seconds budget, double seconds) {
  Random random(1);
  const auto times = made::item_times(shape, items, seconds, random);
  // As many as any of these samplings may need.
  const KernelProfile all = made::sampled(times, std::min<std::int64_t>(items, 3000), 1);
  StopRule rule(sample_bounds(items, budget), items);
  KernelProfile kernel = all;
  kernel.samples.clear();
  double elapsed = 0;
  for (const ItemSample& s : all.samples) {
    const auto picked = static_cast<std::int64_t>(kernel.samples.size());
    if (const auto why = rule.stop(kernel, picked, Seconds(elapsed))) return {picked, *why};
    kernel.samples.push_back(s);
    elapsed += s.time.value();
  }
  return {static_cast<std::int64_t>(all.samples.size()), "no more items"};
}

TEST(StopRule, StopsAtThePrecisionWhereItemsAreAlike) {
  const Stopped s = sample(made::Shape::uniform, 100000, Seconds(100), 1e-3);
  EXPECT_EQ(s.items, 32);
  EXPECT_NE(s.why.find("within 5 %"), std::string::npos) << s.why;
}

TEST(StopRule, SamplesMoreWhereItemsDiffer) {
  const Stopped s = sample(made::Shape::lognormal_cv1, 100000, Seconds(100), 1e-3);
  // (1.645 x 1 / 0.05)^2 = 1082 items for a half width of 5 %; looked at in steps of a quarter.
  EXPECT_GT(s.items, 700);
  EXPECT_LT(s.items, 1800);
  EXPECT_NE(s.why.find("within 5 %"), std::string::npos) << s.why;
}

TEST(StopRule, StopsAtTheCap) {
  const Stopped tenth = sample(made::Shape::lognormal_cv2, 2000, Seconds(100), 1e-3);
  EXPECT_EQ(tenth.items, 200);
  EXPECT_NE(tenth.why.find("most"), std::string::npos) << tenth.why;
  EXPECT_EQ(sample(made::Shape::lognormal_cv2, 100, Seconds(100), 1e-3).items, 32);
  EXPECT_EQ(sample(made::Shape::lognormal_cv2, 7, Seconds(100), 1e-3).items, 7);
}

TEST(StopRule, StopsWhenTheBudgetIsSpent) {
  const Stopped s = sample(made::Shape::uniform, 100000, Seconds(0.0102), 1e-3);
  EXPECT_EQ(s.items, 11);
  EXPECT_NE(s.why.find("budget"), std::string::npos) << s.why;
}

TEST(StopRule, StopsForOneSlowItem) {
  StopRule rule(sample_bounds(1000, Seconds(1)), 1000);
  EXPECT_TRUE(rule.stop(made::sampled({30.0}, 1, 1), 1, Seconds(30)).has_value());
}

TEST(Summarise, WhatTheFirstItemsTakeLongerIsStartUp) {
  KernelProfile k = made::sampled(std::vector<double>(100, 1e-3), 20, 1);
  for (std::size_t i = 0; i < 2; ++i) {
    k.samples[i].first = true;
    k.samples[i].time = Seconds(51e-3);
  }
  summarise(k, 2);
  EXPECT_NEAR(k.first_item.value.value(), 50e-3, 1e-9);
  EXPECT_EQ(k.first_item.source, Source::measured);
}

TEST(Summarise, AFirstItemOfOrdinaryLengthIsNoStartUp) {
  Random random(2);
  KernelProfile k = made::sampled(made::item_times(made::Shape::uniform, 100, 1e-3, random), 20, 1);
  k.samples[0].first = true;
  summarise(k, 1);
  EXPECT_LT(k.first_item.value.value(), 0.05e-3);
}

TEST(Summarise, SlowDownIsTimeInCompanyOverTimeAlone) {
  Random random(3);
  KernelProfile k =
      made::sampled(made::item_times(made::Shape::uniform, 1000, 1e-3, random), 60, 1);
  for (std::size_t i = 30; i < 60; ++i) {
    k.samples[i].alone = false;
    k.samples[i].time = k.samples[i].time * 1.5;
  }
  summarise(k, 4);
  ASSERT_EQ(k.slowdown.size(), 1U);
  EXPECT_EQ(k.slowdown[0].ranks_per_node, 4);
  EXPECT_NEAR(k.slowdown[0].factor.value, 1.5, 0.02);
  EXPECT_LE(k.slowdown[0].factor.low, k.slowdown[0].factor.value);
  EXPECT_GE(k.slowdown[0].factor.high, k.slowdown[0].factor.value);
}

TEST(Summarise, ChanceIsNoSlowDown) {
  Random random(4);
  KernelProfile k =
      made::sampled(made::item_times(made::Shape::lognormal_cv1, 1000, 1e-3, random), 40, 1);
  for (std::size_t i = 20; i < 40; ++i) k.samples[i].alone = false;
  summarise(k, 4);
  ASSERT_EQ(k.slowdown.size(), 1U);
  EXPECT_EQ(k.slowdown[0].factor.value, 1);
}

TEST(Summarise, FewSamplesTellNoSlowDown) {
  KernelProfile k = made::sampled(std::vector<double>(100, 1e-3), 10, 1);
  for (std::size_t i = 5; i < 10; ++i) k.samples[i].alone = false;
  summarise(k, 4);
  EXPECT_TRUE(k.slowdown.empty());
}

TEST(Summarise, CpuShareIsCpuTimeOverWallTime) {
  KernelProfile k = made::sampled(std::vector<double>(100, 1e-3), 20, 1);
  for (ItemSample& s : k.samples) s.cpu = s.time * 0.25;
  summarise(k, 1);
  EXPECT_NEAR(k.cpu_share, 0.25, 1e-12);
  for (ItemSample& s : k.samples) s.cpu = s.time * 4;
  summarise(k, 1);
  EXPECT_NEAR(k.cpu_share, 1, 1e-12);  // One thread cannot take more than a core.
  k.threads_per_rank = 4;
  summarise(k, 1);
  EXPECT_NEAR(k.cpu_share, 4, 1e-12);
}

TEST(Summarise, SizesAreMeans) {
  KernelProfile k = made::sampled(std::vector<double>(10, 1e-3), 4, 1);
  k.samples[0].in = Bytes(1008);
  k.samples[1].count = 2;
  summarise(k, 1);
  EXPECT_EQ(k.item_bytes, Bytes((1008 + 8 + 8 + 8) / 5));
  EXPECT_EQ(k.size_correlation, std::nullopt);
}

TEST(Summarise, CorrelatesSizeAndTimeWhereSizesDiffer) {
  KernelProfile k = made::sampled(std::vector<double>(10, 1e-3), 10, 1);
  for (std::size_t i = 0; i < 10; ++i) {
    k.samples[i].in = Bytes(static_cast<std::int64_t>(100 * (i + 1)));
    k.samples[i].time = Seconds(std::pow(2.0, static_cast<double>(i)));
  }
  k.size_sums = {{10, Bytes(5500)}};
  summarise(k, 1);
  EXPECT_NEAR(k.size_correlation.value(), 1, 1e-12);
}

TEST(SoloLimit, IsAHundredthOfTheRunButAtMostTwentyMilliseconds) {
  EXPECT_NEAR(solo_limit(Seconds(1)).value(), 0.01, 1e-12);
  EXPECT_NEAR(solo_limit(Seconds(1000)).value(), 0.02, 1e-12);
}

}  // namespace
}  // namespace mpisize
