#include "mpisize/write/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

constexpr int widest_bar = 40;

/// Borders of bins from the shortest to the longest time.
std::vector<double> borders(double shortest, double longest, double shortest_above_zero, int bins) {
  const bool by_ratio = shortest_above_zero > 0 && longest > 10 * shortest_above_zero;
  std::vector<double> at;
  for (int i = 0; i <= bins; ++i) {
    const double share = static_cast<double>(i) / bins;
    at.push_back(by_ratio ? shortest_above_zero * std::pow(longest / shortest_above_zero, share)
                          : shortest + share * (longest - shortest));
  }
  at.front() = shortest;
  at.back() = longest;
  return at;
}

}  // namespace

std::string histogram(const std::vector<WeightedTime>& times, int bins) {
  if (times.empty() || bins < 1) return "";
  const auto by_time = [](const WeightedTime& a, const WeightedTime& b) { return a.time < b.time; };
  const auto [first, last] = std::minmax_element(times.begin(), times.end(), by_time);
  const double shortest = first->time.value();
  const double longest = last->time.value();
  if (!(shortest < longest)) return "";
  double shortest_above_zero = longest;
  for (const WeightedTime& t : times) {
    if (t.time > Seconds(0)) shortest_above_zero = std::min(shortest_above_zero, t.time.value());
  }

  const std::vector<double> at = borders(shortest, longest, shortest_above_zero, bins);
  std::vector<double> filled(static_cast<std::size_t>(bins), 0.0);
  for (const WeightedTime& t : times) {
    // The bin whose upper border is the first above the time; the longest time is in the last.
    const auto above = std::upper_bound(at.begin() + 1, at.end() - 1, t.time.value());
    filled[static_cast<std::size_t>(above - at.begin() - 1)] += t.weight;
  }

  const double fullest = *std::max_element(filled.begin(), filled.end());
  std::string text;
  for (std::size_t i = 0; i < filled.size(); ++i) {
    // A bin that is not empty shows: rare long items matter.
    const int bar =
        filled[i] > 0 ? std::max(1, static_cast<int>(std::lround(widest_bar * filled[i] / fullest)))
                      : 0;
    text += fmt::format("  {:>8} to {:>8}  {}{}{}\n", human(Seconds(at[i])),
                        human(Seconds(at[i + 1])), std::string(static_cast<std::size_t>(bar), '#'),
                        bar > 0 ? " " : "", human_count(std::llround(filled[i])));
  }
  return text;
}

}  // namespace mpisize
