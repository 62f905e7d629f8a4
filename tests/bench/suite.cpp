#include "suite.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace bench {
namespace {

constexpr double serial_seconds = 4;
constexpr double shortest_sleep = 200e-6;

std::vector<double> uniform(double total, double time) {
  const auto items = static_cast<std::size_t>(std::max(1.0, std::round(total / time)));
  std::vector<double> times;
  times.assign(items, time);
  return times;
}

std::vector<double> lognormal(double total, double cv, std::uint64_t seed) {
  constexpr double mean = 1e-3;
  // E[x] = exp(mu + sigma^2 / 2), CV^2 = exp(sigma^2) - 1.
  const double sigma = std::sqrt(std::log1p(cv * cv));
  const double mu = std::log(mean) - sigma * sigma / 2;
  mpisize::Random random(seed);
  std::vector<double> times = uniform(total, mean);
  for (double& time : times) {
    time = std::max(shortest_sleep, std::exp(mu + sigma * random.normal()));
  }
  return times;
}

std::vector<double> rising(double total) {
  constexpr double mean = 2e-3;
  std::vector<double> times = uniform(total, mean);
  const auto last = static_cast<double>(std::max<std::size_t>(2, times.size()) - 1);
  for (std::size_t i = 0; i < times.size(); ++i) {
    times[i] = shortest_sleep + 2 * (mean - shortest_sleep) * static_cast<double>(i) / last;
  }
  return times;
}

std::vector<double> straggler(double total, std::uint64_t seed) {
  constexpr double share = 0.1;
  std::vector<double> times = uniform(total * (1 - share), 2e-3);
  mpisize::Random random(seed);
  const std::int64_t at = random.below(static_cast<std::int64_t>(times.size()));
  times.insert(times.begin() + at, total * share);
  return times;
}

}  // namespace

std::vector<double> item_times(const std::string& kind, double scale, std::uint64_t seed) {
  const double total = serial_seconds * scale;
  if (kind == "uniform_20us") return uniform(total, 20e-6);
  if (kind == "uniform_200us") return uniform(total, 200e-6);
  if (kind == "uniform_2ms") return uniform(total, 2e-3);
  if (kind == "lognormal_1") return lognormal(total, 1, seed);
  if (kind == "lognormal_2") return lognormal(total, 2, seed);
  if (kind == "rising") return rising(total);
  if (kind == "straggler") return straggler(total, seed);
  if (kind == "big_items" || kind == "big_results") return uniform(total, total / 200);
  throw std::invalid_argument("the suite has no workload \"" + kind + "\"");
}

}  // namespace bench
