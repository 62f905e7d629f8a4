#include "mpisize/base/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace mpisize {
namespace {

using Sample = std::vector<double>;

double mean_of(std::span<const double> x) { return mean(x); }

Sample normal_sample(std::size_t n, Random& random) {
  Sample x(n);
  std::generate(x.begin(), x.end(), [&] { return random.normal(); });
  return x;
}

TEST(Mean, IsTheSumOverTheCount) { EXPECT_DOUBLE_EQ(mean(Sample{1, 2, 6}), 3); }

TEST(Variance, DividesByOneLessThanTheCount) {
  EXPECT_DOUBLE_EQ(variance(Sample{2, 4, 4, 4, 5, 5, 7, 9}), 32.0 / 7);
  EXPECT_EQ(variance(Sample{5}), 0);
}

TEST(Variance, IgnoresALargeOffset) {
  EXPECT_DOUBLE_EQ(variance(Sample{1e9 + 1, 1e9 + 2, 1e9 + 3}), 1);
}

TEST(CoefficientOfVariation, IsDeviationOverMean) {
  EXPECT_DOUBLE_EQ(coefficient_of_variation(Sample{1, 3}), std::sqrt(2.0) / 2);
  EXPECT_DOUBLE_EQ(coefficient_of_variation(Sample{-1, -3}), std::sqrt(2.0) / 2);
  EXPECT_EQ(coefficient_of_variation(Sample{-1, 1}), 0);
}

TEST(Quantile, InterpolatesOrderStatisticsAsTypeSeven) {
  // R: quantile(c(4, 1, 3, 2), c(0, .25, .5, .9, 1)), type 7.
  const Sample x{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(quantile(x, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(x, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(x, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(x, 0.9), 3.7);
  EXPECT_DOUBLE_EQ(quantile(x, 1), 4);
}

TEST(Quantile, OutsideZeroToOneIsTheEnd) {
  EXPECT_EQ(quantile(Sample{1, 2}, -0.5), 1);
  EXPECT_EQ(quantile(Sample{1, 2}, 1.5), 2);
}

TEST(Median, OfEvenAndOddCounts) {
  EXPECT_EQ(median(Sample{7}), 7);
  EXPECT_EQ(median(Sample{9, 1, 5}), 5);
  EXPECT_EQ(median(Sample{4, 1, 3, 2}), 2.5);
}

TEST(MedianAbsoluteDeviation, EstimatesTheDeviationOfANormalSample) {
  EXPECT_DOUBLE_EQ(median_absolute_deviation(Sample{1, 1, 2, 2, 4, 6, 9}), 1.4826);
  Random random(5);
  EXPECT_NEAR(median_absolute_deviation(normal_sample(20'000, random)), 1, 0.03);
}

TEST(MedianAbsoluteDeviation, IsNotMovedByOneFarValue) {
  EXPECT_LT(median_absolute_deviation(Sample{1, 2, 3, 4, 1e9}), 2);
}

TEST(Outliers, AreNamedByPosition) {
  EXPECT_EQ(outliers(Sample{1.0, 1.1, 50, 0.9, 1.05, -50}), (std::vector<std::size_t>{2, 5}));
}

TEST(Outliers, AreAbsentFromAnEvenSpread) {
  Sample x(100);
  std::iota(x.begin(), x.end(), 0.0);
  EXPECT_TRUE(outliers(x).empty());
}

TEST(BootstrapInterval, CoversTheMeanAboutAsOftenAsItsLevelSays) {
  Random random(11);
  int covered = 0;
  constexpr int trials = 300;
  for (int trial = 0; trial < trials; ++trial) {
    const Range range = bootstrap_interval(normal_sample(40, random), mean_of, 0.9, 200,
                                           static_cast<std::uint64_t>(trial));
    if (range.low <= 0 && 0 <= range.high) ++covered;
  }
  EXPECT_GT(covered, trials * 0.83);
  EXPECT_LT(covered, trials * 0.95);
}

TEST(BootstrapInterval, HasTheWidthOfTheCentralLimitTheorem) {
  Random random(12);
  const Sample x = normal_sample(400, random);
  const Range range = bootstrap_interval(x, mean_of, 0.9, 4000, 1);
  const double expected = 2 * 1.6449 * std::sqrt(variance(x) / 400);
  EXPECT_NEAR(range.high - range.low, expected, 0.1 * expected);
}

TEST(BootstrapInterval, IsTheSameForTheSameSeedOnly) {
  Random random(13);
  const Sample x = normal_sample(30, random);
  const Range a = bootstrap_interval(x, mean_of, 0.9, 50, 7);
  const Range b = bootstrap_interval(x, mean_of, 0.9, 50, 7);
  const Range c = bootstrap_interval(x, mean_of, 0.9, 50, 8);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_NE(a.low, c.low);
}

TEST(BootstrapInterval, OfOneValueIsThatValue) {
  const Range range = bootstrap_interval(Sample{3}, mean_of, 0.9, 10, 1);
  EXPECT_EQ(range.low, 3);
  EXPECT_EQ(range.high, 3);
}

TEST(RankCorrelation, AgreesWithSpearmansFormulaWithoutTies) {
  Random random(21);
  const std::size_t n = 50;
  const Sample x = normal_sample(n, random);
  Sample y = normal_sample(n, random);
  for (std::size_t i = 0; i < n; ++i) y[i] += x[i];
  // 1 - 6 sum d^2 / (n (n^2 - 1)), ranks by counting.
  const auto rank = [](const Sample& s, std::size_t i) {
    return static_cast<double>(
        std::count_if(s.begin(), s.end(), [&](double v) { return v < s[i]; }));
  };
  double d2 = 0;
  for (std::size_t i = 0; i < n; ++i) d2 += std::pow(rank(x, i) - rank(y, i), 2);
  const auto k = static_cast<double>(n);
  EXPECT_NEAR(rank_correlation(x, y), 1 - 6 * d2 / (k * (k * k - 1)), 1e-12);
}

TEST(RankCorrelation, IsOneForAnyRisingRelation) {
  const Sample x{1, 2, 3, 10};
  EXPECT_DOUBLE_EQ(rank_correlation(x, Sample{1, 100, 101, 1e6}), 1);
  EXPECT_DOUBLE_EQ(rank_correlation(x, Sample{4, 3, 2, -9}), -1);
}

TEST(RankCorrelation, GivesTiesTheirMeanRank) {
  // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson 4.5 / sqrt(4.5 * 5).
  EXPECT_DOUBLE_EQ(rank_correlation(Sample{1, 2, 2, 3}, Sample{1, 2, 3, 4}),
                   4.5 / std::sqrt(4.5 * 5));
}

TEST(RankCorrelation, IsZeroIfEitherIsConstant) {
  EXPECT_EQ(rank_correlation(Sample{1, 2, 3}, Sample{5, 5, 5}), 0);
}

TEST(GroupDifference, IsLargeForGroupsThatDiffer) {
  Random random(21);
  Sample x;
  std::vector<std::size_t> group;
  for (std::size_t i = 0; i < 60; ++i) {
    group.push_back(i % 3);
    x.push_back(random.normal() + 3 * static_cast<double>(i % 3));
  }
  EXPECT_GT(group_difference(x, group), 4);
}

TEST(GroupDifference, IsAboveTwoAndAThirdInOnePercentOfEqualGroups) {
  Random random(22);
  int above = 0;
  for (int round = 0; round < 4000; ++round) {
    Sample x;
    std::vector<std::size_t> group;
    for (std::size_t i = 0; i < 64; ++i) {
      group.push_back(i / 8);
      x.push_back(std::exp(random.normal()));
    }
    above += group_difference(x, group) > 2.33 ? 1 : 0;
  }
  EXPECT_NEAR(above, 40, 25);
}

TEST(GroupDifference, EqualValuesOrOneGroupDifferInNothing) {
  EXPECT_LT(group_difference(Sample{1, 1, 1, 1}, std::vector<std::size_t>{0, 0, 1, 1}), 0);
  EXPECT_LT(group_difference(Sample{1, 2, 3, 4}, std::vector<std::size_t>{2, 2, 2, 2}), 0);
  EXPECT_THROW((void)group_difference(Sample{1}, std::vector<std::size_t>{0, 0}),
               std::invalid_argument);
}

TEST(FitLine, FindsAnExactLine) {
  const Line line = fit_line(Sample{0, 1, 5}, Sample{2, 5, 17});
  EXPECT_DOUBLE_EQ(line.intercept, 2);
  EXPECT_DOUBLE_EQ(line.slope, 3);
}

TEST(FitLine, WeightTwoIsAPointTwice) {
  const Line weighted = fit_line(Sample{0, 1, 2}, Sample{0, 2, 1}, Sample{1, 2, 1});
  const Line repeated = fit_line(Sample{0, 1, 1, 2}, Sample{0, 2, 2, 1});
  EXPECT_DOUBLE_EQ(weighted.intercept, repeated.intercept);
  EXPECT_DOUBLE_EQ(weighted.slope, repeated.slope);
}

TEST(FitLine, NoNeighbouringLineHasSmallerSquares) {
  const Sample x{0, 1, 2, 4};
  const Sample y{1, 0, 5, 3};
  const auto squares = [&](Line line) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += std::pow(y[i] - line.intercept - line.slope * x[i], 2);
    }
    return sum;
  };
  const Line best = fit_line(x, y);
  for (const double di : {-0.01, 0.0, 0.01}) {
    for (const double ds : {-0.01, 0.0, 0.01}) {
      EXPECT_GE(squares({best.intercept + di, best.slope + ds}), squares(best));
    }
  }
}

TEST(FitLine, ThroughEqualAbscissaeIsFlatAtTheMean) {
  const Line line = fit_line(Sample{2, 2}, Sample{1, 3});
  EXPECT_EQ(line.slope, 0);
  EXPECT_EQ(line.intercept, 2);
}

TEST(NormalQuantile, InvertsTheDistribution) {
  for (const double p : {1e-9, 1e-4, 0.02, 0.025, 0.05, 0.3, 0.5, 0.8, 0.95, 0.98, 0.9999}) {
    const double back = std::erfc(-normal_quantile(p) / std::numbers::sqrt2) / 2;
    EXPECT_NEAR(back / p, 1, 1e-7) << p;
  }
  EXPECT_NEAR(normal_quantile(0.95), 1.6448536269514722, 1e-8);
  EXPECT_DOUBLE_EQ(normal_quantile(0.5), 0);
}

TEST(NormalQuantile, RefusesWhatIsNoProbability) {
  EXPECT_THROW((void)normal_quantile(0), std::invalid_argument);
  EXPECT_THROW((void)normal_quantile(1), std::invalid_argument);
  EXPECT_THROW((void)normal_quantile(std::nan("")), std::invalid_argument);
}

TEST(Random, GivesTheNumbersOfSplitMix64) {
  // Reference sequence of the published generator for the seed 1234567.
  Random random(1234567);
  EXPECT_EQ(random.bits(), 6457827717110365317U);
  EXPECT_EQ(random.bits(), 3203168211198807973U);
  EXPECT_EQ(random.bits(), 9817491932198370423U);
}

TEST(Random, UniformStaysBelowOneAndIsEven) {
  Random random(1);
  std::vector<int> tenth(10);
  for (int i = 0; i < 10'000; ++i) {
    const double u = random.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ++tenth[static_cast<std::size_t>(10 * u)];
  }
  for (const int count : tenth) EXPECT_NEAR(count, 1000, 150);
}

TEST(Random, BelowReachesEveryValueAndNoOther) {
  Random random(2);
  std::vector<int> seen(7);
  for (int i = 0; i < 7000; ++i) ++seen.at(static_cast<std::size_t>(random.below(7)));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(random.below(1), 0);
}

TEST(Random, NormalHasMeanZeroAndVarianceOne) {
  Random random(3);
  const Sample x = normal_sample(20'000, random);
  EXPECT_NEAR(mean(x), 0, 0.03);
  EXPECT_NEAR(variance(x), 1, 0.04);
}

/// Probability below t, by Simpson's rule over the density.
double student_probability(double t, int degrees) {
  const double n = degrees;
  const double scale =
      std::exp(std::lgamma((n + 1) / 2) - std::lgamma(n / 2)) / std::sqrt(n * std::numbers::pi);
  const auto density = [&](double x) { return scale * std::pow(1 + x * x / n, -(n + 1) / 2); };
  constexpr int steps = 20'000;
  const double h = t / steps;
  double sum = density(0) + density(t);
  for (int i = 1; i < steps; ++i) sum += (i % 2 == 1 ? 4 : 2) * density(i * h);
  return 0.5 + sum * h / 3;
}

TEST(StudentQuantile, LeavesTheProbabilityBelowIt) {
  for (const int degrees : {1, 2, 3, 4, 5, 7, 10, 30, 200}) {
    for (const double p : {0.9, 0.95, 0.975, 0.99}) {
      const double t = student_quantile(p, degrees);
      EXPECT_NEAR(student_probability(t, degrees), p, 3e-6) << degrees << " degrees, p " << p;
      EXPECT_EQ(student_quantile(1 - p, degrees), -student_quantile(1 - (1 - p), degrees));
    }
    EXPECT_EQ(student_quantile(0.5, degrees), 0);
  }
}

TEST(StudentQuantile, NearsTheNormalOne) {
  EXPECT_NEAR(student_quantile(0.95, 100'000), normal_quantile(0.95), 1e-4);
}

TEST(StudentQuantile, RefusesWhatHasNone) {
  EXPECT_THROW((void)student_quantile(0.9, 0), std::invalid_argument);
  EXPECT_THROW((void)student_quantile(0, 3), std::invalid_argument);
  EXPECT_THROW((void)student_quantile(1, 3), std::invalid_argument);
}

TEST(Statistics, EmptySampleThrows) {
  const Sample none;
  EXPECT_THROW((void)mean(none), std::invalid_argument);
  EXPECT_THROW((void)variance(none), std::invalid_argument);
  EXPECT_THROW((void)quantile(none, 0.5), std::invalid_argument);
  EXPECT_THROW((void)median(none), std::invalid_argument);
  EXPECT_THROW((void)median_absolute_deviation(none), std::invalid_argument);
  EXPECT_THROW((void)outliers(none), std::invalid_argument);
  EXPECT_THROW((void)bootstrap_interval(none, mean_of, 0.9, 10, 1), std::invalid_argument);
  EXPECT_THROW((void)rank_correlation(none, none), std::invalid_argument);
  EXPECT_THROW((void)fit_line(none, none), std::invalid_argument);
}

TEST(Statistics, UnequalSizesThrow) {
  EXPECT_THROW((void)rank_correlation(Sample{1}, Sample{1, 2}), std::invalid_argument);
  EXPECT_THROW((void)fit_line(Sample{1}, Sample{1, 2}), std::invalid_argument);
  EXPECT_THROW((void)fit_line(Sample{1, 2}, Sample{1, 2}, Sample{1}), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
