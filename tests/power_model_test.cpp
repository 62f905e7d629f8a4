#include "mpisize/model/power_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;

ProgramRun run_of(int ranks, double seconds, std::optional<double> joules, int threads = 1) {
  ProgramRun run;
  run.ranks = ranks;
  run.threads_per_rank = threads;
  run.wall = Seconds(seconds);
  if (joules) run.energy = Joules(*joules);
  return run;
}

Interval exactly(double seconds) { return {Seconds(seconds), Seconds(seconds), Seconds(seconds)}; }

TEST(PowerModel, IsTheLineThroughTwoRuns) {
  // 25 W with one core in use, 40 W with four: 20 W and 5 W a core.
  const auto model = fit_power({run_of(1, 100, 2500), run_of(4, 30, 1200)});
  ASSERT_TRUE(model);
  EXPECT_NEAR(model->node.value(), 20, 1e-9);
  EXPECT_NEAR(model->core.value(), 5, 1e-9);
  // 30 W x 52 s.
  const auto energy = energy_of(*model, {2, 1, 1}, exactly(52));
  ASSERT_TRUE(energy);
  EXPECT_NEAR(energy->value.value(), 1560, 1e-6);
  EXPECT_EQ(energy->source, Source::derived);
}

TEST(PowerModel, CountsThreadsAsCoresAndEveryNodesRest) {
  const auto model = fit_power({run_of(1, 10, 250), run_of(2, 10, 400, 2)});
  ASSERT_TRUE(model);
  // (3 x 20 + 12 x 5) W x 10 s.
  EXPECT_NEAR(energy_of(*model, {6, 3, 2}, exactly(10))->value.value(), 1200, 1e-6);
}

TEST(PowerModel, IntervalJoinsPowerAndTime) {
  // Runs on the line: 3 % are assumed.
  const auto model = fit_power({run_of(1, 100, 2500), run_of(4, 30, 1200)});
  EXPECT_NEAR(model->noise, 0.03, 1e-9);
  // Two cores: half a core from the mean of 2.5; (c - mean)^2 sums up to 4.5.
  const double of_line = 32.5 / 30 * std::sqrt(0.5 + 0.25 / 4.5);
  const double of_power = 1.6448536 * 0.03 * std::hypot(1, of_line);
  const auto energy = energy_of(*model, {2, 1, 1}, {Seconds(50), Seconds(45), Seconds(60)});
  EXPECT_NEAR(energy->low.value(), 1500 * (1 - std::hypot(of_power, 0.1)), 1e-3);
  EXPECT_NEAR(energy->high.value(), 1500 * (1 + std::hypot(of_power, 0.2)), 1e-3);
}

TEST(PowerModel, WidensAwayFromTheRuns) {
  const auto model = fit_power({run_of(1, 100, 2500), run_of(4, 30, 1200), run_of(2, 50, 1560)});
  const auto width = [&](int ranks) {
    const auto energy = energy_of(*model, {ranks, 1, 1}, exactly(1));
    return energy->high.value() - energy->low.value();
  };
  EXPECT_LT(width(2), width(8));
  EXPECT_LT(width(8), width(32));
}

TEST(PowerModel, OfOneNumberOfCoresKnowsThatOneAlone) {
  const auto model = fit_power({run_of(4, 10, 300), run_of(4, 20, 640), run_of(2, 10, 310, 2)});
  ASSERT_TRUE(model);
  EXPECT_NEAR(energy_of(*model, {4, 1, 1}, exactly(10))->value.value(), 310, 1e-9);
  EXPECT_NEAR(energy_of(*model, {1, 1, 4}, exactly(10))->value.value(), 310, 1e-9);
  EXPECT_FALSE(energy_of(*model, {2, 1, 1}, exactly(10)));
  EXPECT_FALSE(energy_of(*model, {4, 2, 1}, exactly(10)));
  EXPECT_THAT(describe(*model), HasSubstr("31 W in 3 runs on 4 cores"));
}

TEST(PowerModel, NeitherPartIsNegative) {
  // More cores with less power.
  const auto falling = fit_power({run_of(1, 10, 300), run_of(4, 10, 280)});
  EXPECT_EQ(falling->core, Watts(0));
  EXPECT_NEAR(falling->node.value(), 29, 1e-9);
  // 5 W and 40 W: the line would begin at -6.67 W. Through the origin: (5 + 4 x 40) / 17.
  const auto steep = fit_power({run_of(1, 10, 50), run_of(4, 10, 400)});
  EXPECT_EQ(steep->node, Watts(0));
  EXPECT_NEAR(steep->core.value(), 165.0 / 17, 1e-9);
}

TEST(PowerModel, TakesRunsOnOneNodeWhoseEnergyIsKnown) {
  EXPECT_FALSE(fit_power({}));
  EXPECT_FALSE(fit_power({run_of(1, 10, std::nullopt)}));
  ProgramRun spread = run_of(4, 10, 300);
  spread.nodes = 2;
  EXPECT_FALSE(fit_power({spread}));
  EXPECT_EQ(fit_power({spread, run_of(1, 10, std::nullopt), run_of(2, 10, 300)})->runs, 1);
}

TEST(PowerModel, FindsANoisyNodeAgain) {
  Random random(3);
  int covered = 0;
  constexpr int worlds = 400;
  for (int world = 0; world < worlds; ++world) {
    std::vector<ProgramRun> runs;
    for (const int ranks : {1, 2, 4, 8, 1, 2, 4, 8}) {
      const double power = (50 + 6.0 * ranks) * (1 + 0.03 * random.normal());
      runs.push_back(run_of(ranks, 10, power * 10));
    }
    const auto energy = energy_of(*fit_power(runs), {16, 1, 1}, exactly(10));
    const double actual = 10 * (50 + 6.0 * 16) * (1 + 0.03 * random.normal());
    if (energy->low.value() <= actual && actual <= energy->high.value()) ++covered;
  }
  EXPECT_GT(covered, 0.8 * worlds);
  EXPECT_LT(covered, 0.98 * worlds);
}

}  // namespace
}  // namespace mpisize
