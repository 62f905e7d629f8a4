#include "mpisize/model/trend.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace mpisize {
namespace {

struct Line {
  double at_zero = 0;
  double slope = 0;
  [[nodiscard]] double at(double x) const { return at_zero + slope * x; }
};

double middle(const ItemSample& s) {
  return static_cast<double>(s.index) + static_cast<double>(s.count) / 2;
}

std::vector<ItemSample> by_index(std::vector<ItemSample> samples) {
  std::sort(samples.begin(), samples.end(),
            [](const ItemSample& a, const ItemSample& b) { return a.index < b.index; });
  return samples;
}

/// A line by least squares, and the standard error of its slope.
struct Fit {
  Line line;
  double error = 0;
  double points = 0;
  double x_mean = 0;
  double mean = 0;
};

Fit fit(const std::vector<ItemSample>& samples, std::size_t from, std::size_t to) {
  Fit f;
  const auto each = [&](auto use) {
    for (std::size_t i = from; i < to; ++i) {
      const ItemSample& s = samples[i];
      if (!s.first && s.count > 0) use(middle(s), s.time.value() / static_cast<double>(s.count));
    }
  };
  each([&](double x, double y) {
    f.points += 1;
    f.x_mean += (x - f.x_mean) / f.points;
    f.mean += (y - f.mean) / f.points;
  });
  double xx = 0;
  double xy = 0;
  double yy = 0;
  each([&](double x, double y) {
    xx += (x - f.x_mean) * (x - f.x_mean);
    xy += (x - f.x_mean) * (y - f.mean);
    yy += (y - f.mean) * (y - f.mean);
  });
  if (f.points < 3 || xx <= 0) return f;
  f.line.slope = xy / xx;
  f.line.at_zero = f.mean - f.line.slope * f.x_mean;
  f.error = std::sqrt(std::max(0.0, yy - f.line.slope * xy) / (f.points - 2) / xx);
  return f;
}

constexpr double least_change = 0.25;  ///< Over what was seen, of the mean.

/// The line through all samples, if its slope is so many standard errors from 0 and makes a
/// difference within what was seen.
std::optional<Fit> slope_beyond(const std::vector<ItemSample>& samples, double errors) {
  constexpr double fewest = 16;
  const Fit all = fit(samples, 0, samples.size());
  if (all.points < fewest || all.mean <= 0) return std::nullopt;
  const double slope = std::abs(all.line.slope);
  const double range = middle(samples.back()) - middle(samples.front());
  if (slope <= errors * all.error || slope * range < least_change * all.mean) return std::nullopt;
  return all;
}

/// Seconds of an item by its index, if they follow a line: the slope is beyond chance, it makes a
/// difference within what was seen, and both halves show it. A start that is slow, or lucky, does
/// not go on like that.
std::optional<Fit> trend_of(const std::vector<ItemSample>& samples) {
  constexpr double beyond_chance = 5;
  constexpr double beyond_chance_in_a_half = 2;
  const auto all = slope_beyond(samples, beyond_chance);
  if (!all) return std::nullopt;
  const double slope = all->line.slope;
  const std::size_t half = samples.size() / 2;
  for (const Fit& part : {fit(samples, 0, half), fit(samples, half, samples.size())}) {
    const double along = part.line.slope * (slope > 0 ? 1 : -1);
    if (along <= beyond_chance_in_a_half * part.error || along < std::abs(slope) / 2) {
      return std::nullopt;
    }
  }
  return all;
}

}  // namespace

bool trend_in_doubt(const KernelProfile& kernel) {
  constexpr double suspicious = 3;
  const std::vector<ItemSample> samples = by_index(kernel.samples);
  return slope_beyond(samples, suspicious) && !trend_of(samples);
}

KernelProfile spread_out(const KernelProfile& kernel, std::int64_t items, bool extrapolate) {
  KernelProfile spread = kernel;
  spread.items = items;
  spread.samples = by_index(kernel.samples);
  std::vector<ItemSample>& samples = spread.samples;
  double seen = 0;
  for (const ItemSample& s : samples) seen += static_cast<double>(s.count);
  if (seen <= 0) return spread;
  const std::optional<Fit> trend = extrapolate ? trend_of(samples) : std::nullopt;
  if (trend) {
    const double half_way = static_cast<double>(items) / 2;
    spread.trend_error = trend->error * std::abs(half_way - trend->x_mean) /
                         std::max(trend->line.at(half_way), 0.05 * trend->mean);
  }
  const double stretch = static_cast<double>(items) / seen;
  double before = 0;
  for (ItemSample& s : samples) {
    const double here = (before + static_cast<double>(s.count) / 2) * stretch;
    s.position = std::clamp<std::int64_t>(static_cast<std::int64_t>(before * stretch), 0,
                                          std::max<std::int64_t>(0, items - s.count));
    before += static_cast<double>(s.count);
    if (!trend) continue;
    const Line& line = trend->line;
    // No item is expected to take less than a twentieth of what was seen where it began.
    const double least = 0.05 * std::max(line.at(0), line.at(seen));
    s.time = s.time * (std::max(least, line.at(here)) / std::max(least, line.at(middle(s))));
  }
  return spread;
}

}  // namespace mpisize
