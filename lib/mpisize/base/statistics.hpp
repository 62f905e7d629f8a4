/// Descriptive statistics, resampling and least squares. Pure: a seed is an argument.
///
/// Errors: every function throws std::invalid_argument on an empty sample, and on sizes that do not
/// match; NaN is the caller's to keep out.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace mpisize {

[[nodiscard]] double mean(std::span<const double> x);

/// Unbiased sample variance; 0 for a single value.
[[nodiscard]] double variance(std::span<const double> x);

/// Coefficient of variation, standard deviation / mean; 0 where the mean is 0.
[[nodiscard]] double coefficient_of_variation(std::span<const double> x);

/// Quantile by linear interpolation of the order statistics (Hyndman and Fan 1996, type 7).
[[nodiscard]] double quantile(std::span<const double> x, double p);

[[nodiscard]] double median(std::span<const double> x);

/// Median absolute deviation from the median, times 1.4826 (consistent for a normal sample).
[[nodiscard]] double median_absolute_deviation(std::span<const double> x);

/// Positions further than 3.5 robust standard deviations from the median (Iglewicz and Hoaglin
/// 1993). They are flagged, never dropped.
[[nodiscard]] std::vector<std::size_t> outliers(std::span<const double> x);

/// A two-sided interval of a statistic.
struct Range {
  double low;
  double high;
};

/// Percentile bootstrap interval (Efron 1979) of `statistic` at the given level (0.9: 5 % to 95 %).
[[nodiscard]] Range bootstrap_interval(
    std::span<const double> x, const std::function<double(std::span<const double>)>& statistic,
    double level, int replicates, std::uint64_t seed);

/// Pearson correlation of the ranks (Spearman 1904), ties at their mean rank; 0 if either is
/// constant.
[[nodiscard]] double rank_correlation(std::span<const double> x, std::span<const double> y);

/// Do the groups differ in location? Kruskal and Wallis (1952), ties at their mean rank, as a
/// standard normal deviate (chi-squared by Wilson and Hilferty 1931): above 2.33 with probability 1
/// % if they do not. `group[i]` is 0 or more; very small (-infinity) for fewer than two groups.
[[nodiscard]] double group_difference(std::span<const double> x,
                                      std::span<const std::size_t> group);

/// y = intercept + slope x, weighted least squares; weights empty: all equal.
struct Line {
  double intercept;
  double slope;
};
[[nodiscard]] Line fit_line(std::span<const double> x, std::span<const double> y,
                            std::span<const double> weights = {});

/// Quantile of the standard normal distribution (Acklam 2003, |relative error| < 1.2e-9).
[[nodiscard]] double normal_quantile(double p);

/// Quantile of Student's t distribution with `degrees` of freedom (Hill 1970, CACM algorithm 396;
/// the probability below it is p within 3e-6, for p from 0.01 to 0.99). Throws
/// std::invalid_argument for p outside (0, 1) and less than one degree.
[[nodiscard]] double student_quantile(double p, int degrees);

/// Small deterministic generator (SplitMix64, Steele et al. 2014): same seed, same numbers
/// anywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t bits();
  /// Uniform in [0, 1).
  [[nodiscard]] double uniform();
  /// Uniform in 0 .. n - 1; n > 0.
  [[nodiscard]] std::int64_t below(std::int64_t n);
  /// Standard normal (Box and Muller 1958).
  [[nodiscard]] double normal();

 private:
  std::uint64_t state_;
};

}  // namespace mpisize
