#include "mpisize/base/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>

namespace mpisize {
namespace {

void require_values(std::span<const double> x) {
  if (x.empty()) throw std::invalid_argument("statistics of an empty sample");
}

std::vector<double> sorted(std::span<const double> x) {
  std::vector<double> s(x.begin(), x.end());
  std::sort(s.begin(), s.end());
  return s;
}

double quantile_of_sorted(const std::vector<double>& s, double p) {
  const double h = static_cast<double>(s.size() - 1) * std::clamp(p, 0.0, 1.0);
  const auto below = static_cast<std::size_t>(h);
  const auto above = std::min(below + 1, s.size() - 1);
  return s[below] + (h - static_cast<double>(below)) * (s[above] - s[below]);
}

/// Rank of each value, 1-based, ties at their mean.
std::vector<double> mean_ranks(std::span<const double> x) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return x[a] < x[b]; });
  std::vector<double> ranks(x.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i;
    while (j < order.size() && x[order[j]] == x[order[i]]) ++j;
    const double tied = (static_cast<double>(i + j) + 1) / 2;
    for (; i < j; ++i) ranks[order[i]] = tied;
  }
  return ranks;
}

}  // namespace

double mean(std::span<const double> x) {
  require_values(x);
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double variance(std::span<const double> x) {
  const double m = mean(x);
  if (x.size() < 2) return 0;
  double sum = 0;
  for (const double v : x) sum += (v - m) * (v - m);
  return sum / static_cast<double>(x.size() - 1);
}

double coefficient_of_variation(std::span<const double> x) {
  const double m = mean(x);
  return m == 0 ? 0 : std::sqrt(variance(x)) / std::abs(m);
}

double quantile(std::span<const double> x, double p) {
  require_values(x);
  return quantile_of_sorted(sorted(x), p);
}

double median(std::span<const double> x) { return quantile(x, 0.5); }

double median_absolute_deviation(std::span<const double> x) {
  constexpr double normal_consistency = 1.4826;
  const double m = median(x);
  std::vector<double> deviation(x.size());
  std::transform(x.begin(), x.end(), deviation.begin(), [m](double v) { return std::abs(v - m); });
  return normal_consistency * median(deviation);
}

std::vector<std::size_t> outliers(std::span<const double> x) {
  constexpr double cut = 3.5;
  const double centre = median(x);
  const double spread = median_absolute_deviation(x);
  std::vector<std::size_t> far;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(x[i] - centre) > cut * spread) far.push_back(i);
  }
  return far;
}

Range bootstrap_interval(std::span<const double> x,
                         const std::function<double(std::span<const double>)>& statistic,
                         double level, int replicates, std::uint64_t seed) {
  require_values(x);
  Random random(seed);
  std::vector<double> drawn(x.size());
  std::vector<double> values(static_cast<std::size_t>(std::max(1, replicates)));
  for (double& value : values) {
    for (double& d : drawn) {
      d = x[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(x.size())))];
    }
    value = statistic(drawn);
  }
  std::sort(values.begin(), values.end());
  return {quantile_of_sorted(values, (1 - level) / 2), quantile_of_sorted(values, (1 + level) / 2)};
}

double rank_correlation(std::span<const double> x, std::span<const double> y) {
  require_values(x);
  if (x.size() != y.size()) throw std::invalid_argument("rank correlation of unequal samples");
  const auto a = mean_ranks(x);
  const auto b = mean_ranks(y);
  const double ma = mean(a);
  const double mb = mean(b);
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return aa == 0 || bb == 0 ? 0 : ab / std::sqrt(aa * bb);
}

double group_difference(std::span<const double> x, std::span<const std::size_t> group) {
  require_values(x);
  if (x.size() != group.size()) throw std::invalid_argument("groups of an unequal sample");
  const auto ranks = mean_ranks(x);
  const double middle = mean(ranks);
  struct Sum {
    double ranks = 0;
    double count = 0;
  };
  std::vector<Sum> sums(*std::max_element(group.begin(), group.end()) + 1);
  double all = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    sums[group[i]].ranks += ranks[i] - middle;
    sums[group[i]].count += 1;
    all += (ranks[i] - middle) * (ranks[i] - middle);
  }
  double between = 0;
  double freedom = -1;
  for (const Sum& s : sums) {
    if (s.count == 0) continue;
    between += s.ranks * s.ranks / s.count;
    freedom += 1;
  }
  if (freedom < 1 || all == 0) return -HUGE_VAL;
  const double h = static_cast<double>(x.size() - 1) * between / all;
  const double width = 2 / (9 * freedom);
  return (std::cbrt(h / freedom) - (1 - width)) / std::sqrt(width);
}

Line fit_line(std::span<const double> x, std::span<const double> y,
              std::span<const double> weights) {
  require_values(x);
  if (x.size() != y.size() || (!weights.empty() && weights.size() != x.size())) {
    throw std::invalid_argument("line through unequal samples");
  }
  double w = 0;
  double wx = 0;
  double wy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double k = weights.empty() ? 1 : weights[i];
    w += k;
    wx += k * x[i];
    wy += k * y[i];
  }
  const double mx = wx / w;
  const double my = wy / w;
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double k = weights.empty() ? 1 : weights[i];
    xx += k * (x[i] - mx) * (x[i] - mx);
    xy += k * (x[i] - mx) * (y[i] - my);
  }
  const double slope = xx == 0 ? 0 : xy / xx;
  return {my - slope * mx, slope};
}

double normal_quantile(double p) {
  if (!(p > 0 && p < 1)) throw std::invalid_argument("normal quantile outside (0, 1)");
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                          6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                          3.754408661907416e+00};
  constexpr double tail = 0.02425;
  if (p > 1 - tail) return -normal_quantile(1 - p);
  if (p < tail) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  }
  const double q = p - 0.5;
  const double r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

namespace {

/// Upper quantile for a two-sided tail, three degrees or more; the names and numbers are Hill's.
double hill_quantile(double tail, double n) {
  const double a = 1 / (n - 0.5);
  const double b = 48 / (a * a);
  double c = ((20700 * a / b - 98) * a - 16) * a + 96.36;
  const double d = ((94.5 / (b + c) - 3) / b + 1) * std::sqrt(a * std::numbers::pi / 2) * n;
  double y = std::pow(d * tail, 2 / n);
  if (y > 0.05 + a) {
    const double x = normal_quantile(tail / 2);
    y = x * x;
    if (n < 5) c += 0.3 * (n - 4.5) * (x + 0.6);
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = std::expm1(a * y * y);
  } else {
    y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) *
            (n + 1) / (n + 2) +
        1 / y;
  }
  return std::sqrt(n * y);
}

}  // namespace

double student_quantile(double p, int degrees) {
  if (!(p > 0 && p < 1)) throw std::invalid_argument("Student's quantile outside (0, 1)");
  if (degrees < 1) throw std::invalid_argument("Student's distribution without a degree");
  if (p < 0.5) return -student_quantile(1 - p, degrees);
  if (p == 0.5) return 0;
  const double tail = 2 * (1 - p);
  if (degrees == 1) return 1 / std::tan(tail * std::numbers::pi / 2);
  if (degrees == 2) return std::sqrt(2 / (tail * (2 - tail)) - 2);
  return hill_quantile(tail, degrees);
}

std::uint64_t Random::bits() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

double Random::uniform() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }

std::int64_t Random::below(std::int64_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::int64_t>((static_cast<Wide>(bits()) * static_cast<std::uint64_t>(n)) >>
                                   64U);
}

double Random::normal() {
  const double u = 1 - uniform();
  const double v = uniform();
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

}  // namespace mpisize
