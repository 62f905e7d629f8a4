#include "mpisize/choose/uncertainty.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

TEST(Uncertainty, ModelErrorIsAssumedUntilTenRunsAreKnown) {
  ModelError known;
  known.residuals.assign(9, 0.2);
  const Uncertainty assumed = uncertainty_of({}, known, {});
  EXPECT_TRUE(assumed.model_assumed);
  EXPECT_NEAR(assumed.model * 1.645, 0.05, 1e-12);
  known.residuals.push_back(-0.2);
  const Uncertainty measured = uncertainty_of({}, known, {});
  EXPECT_FALSE(measured.model_assumed);
  EXPECT_NEAR(measured.model * 1.645, 0.2, 1e-12);
}

TEST(Uncertainty, TakesSamplingErrorNoiseAndReplaysAsTheyAre) {
  Workload work;
  work.total_error = 0.04;
  work.noise = 0.02;
  const Uncertainty u = uncertainty_of(work, {}, {9, 10, 11});
  EXPECT_EQ(u.sampling, 0.04);
  EXPECT_EQ(u.noise, 0.02);
  EXPECT_NEAR(u.replay, 0.1, 1e-12);
  EXPECT_EQ(uncertainty_of(work, {}, {10}).replay, 0);
}

TEST(IntervalOf, AddsIndependentErrorsInQuadrature) {
  Uncertainty u;
  u.sampling = 0.03;
  u.noise = 0.04;
  const Interval i = interval_of(10, 2, u, 0);
  EXPECT_EQ(i.value, Seconds(12));
  EXPECT_NEAR(i.high.value(), 12 + 10 * 1.645 * 0.05, 1e-9);
  EXPECT_NEAR(i.low.value(), 12 - 10 * 1.645 * 0.05, 1e-9);
}

TEST(IntervalOf, IsNeverBelowWhatIsSpent) {
  Uncertainty u;
  u.sampling = 2;
  EXPECT_EQ(interval_of(10, 2, u, 0).low, Seconds(2));
}

TEST(IntervalOf, TheUnseenLiftsTheUpperEndOnly) {
  Uncertainty u;
  u.sampling = 0.03;
  const Interval without = interval_of(10, 0, u, 0);
  const Interval with = interval_of(10, 0, u, 5);
  EXPECT_EQ(with.value, without.value);
  EXPECT_EQ(with.low, without.low);
  EXPECT_GT(with.high, Seconds(15));
}

TEST(UnseenTail, IsNoneWhereAllItemsWereSeenOrTheLongestGoFirst) {
  Workload work;
  work.items = 100;
  work.seen = 10;
  work.largest = 5;
  work.largest_seen = 1;
  EXPECT_NEAR(unseen_tail(work, 4, false), 3, 1e-12);
  EXPECT_EQ(unseen_tail(work, 1, false), 0);
  EXPECT_EQ(unseen_tail(work, 4, true), 0);
  work.seen = 100;
  EXPECT_EQ(unseen_tail(work, 4, false), 0);
}

TEST(SpeedupLow, SamplingErrorAndNoiseCancel) {
  Uncertainty u;
  u.sampling = 0.5;
  u.noise = 0.5;
  EXPECT_EQ(speedup_low(8, 2, u), 4);
  u.model = 0.1;
  EXPECT_NEAR(speedup_low(8, 2, u), 4 / 1.1645, 1e-9);
}

/// A population, a tenth of it sampled, the plan's time predicted and then acted out on the true
/// item times.
double coverage(made::Shape shape, int populations) {
  Random random(static_cast<std::uint64_t>(shape) + 1);
  int inside = 0;
  for (int i = 0; i < populations; ++i) {
    const auto times = made::item_times(shape, 2000, 1e-3, random);
    auto request =
        made::request(made::machine(8, Seconds(2e-6)), made::sampled(times, 200, random.bits()));
    request.replay_events = 20000;
    const Choice choice = choose(request);
    Situation truth = made::situation(request);
    truth.work = made::exact_workload(times);
    const double actual = replay(truth, choice.plan.layout.ranks(), choice.plan.pattern, 1).total;
    const Interval& total = choice.predicted.total;
    inside += actual >= total.low.value() && actual <= total.high.value() ? 1 : 0;
  }
  return static_cast<double>(inside) / populations;
}

TEST(PredictedInterval, CoversTheTimeOnTheTrueItems) {
  // The model error of 5 % that is assumed adds width that this noiseless machine does not need.
  EXPECT_GE(coverage(made::Shape::uniform, 30), 0.9);
  EXPECT_GE(coverage(made::Shape::lognormal_cv1, 100), 0.8);
  EXPECT_GE(coverage(made::Shape::lognormal_cv2, 100), 0.75);
  EXPECT_GE(coverage(made::Shape::rising, 30), 0.9);
}

}  // namespace
}  // namespace mpisize
