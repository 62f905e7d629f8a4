// The first items of a stream stand for all; a trend is followed, chance and a slow start are not.
#include "mpisize/model/trend.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

/// The first `seen` items, one by one, of the given times.
template <class Time>
KernelProfile first_items(std::int64_t seen, Time time) {
  KernelProfile kernel;
  kernel.items = seen;
  for (std::int64_t i = 0; i < seen; ++i) {
    ItemSample s;
    s.index = s.position = i;
    s.time = Seconds(time(i));
    kernel.samples.push_back(s);
  }
  return kernel;
}

double mean_of(const KernelProfile& kernel) {
  double sum = 0;
  for (const ItemSample& s : kernel.samples) sum += s.time.value();
  return sum / static_cast<double>(kernel.samples.size());
}

TEST(Trend, SamplesStandEvenlyOverAllItems) {
  const KernelProfile spread = spread_out(first_items(50, [](auto) { return 1e-3; }), 1000, true);
  EXPECT_EQ(spread.items, 1000);
  for (std::size_t i = 0; i < spread.samples.size(); ++i) {
    EXPECT_EQ(spread.samples[i].position, static_cast<std::int64_t>(20 * i));
    EXPECT_DOUBLE_EQ(spread.samples[i].time.value(), 1e-3);
  }
}

TEST(Trend, ALineIsFollowedToTheLastItem) {
  const auto rising = [](std::int64_t i) { return 1e-3 * (1 + 0.01 * static_cast<double>(i)); };
  const KernelProfile spread = spread_out(first_items(100, rising), 1000, true);
  EXPECT_NEAR(mean_of(spread), rising(500), 0.02 * rising(500));
  const KernelProfile unknown = spread_out(first_items(100, rising), 1000, false);
  EXPECT_NEAR(mean_of(unknown), rising(50), 0.02 * rising(50)) << "no end, nothing to follow";
}

TEST(Trend, ChanceIsNotTakenForATrend) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const double sigma = std::sqrt(std::log(5.0));  // CV 2.
    const KernelProfile kernel = first_items(
        100, [&](auto) { return 1e-3 * std::exp(sigma * random.normal() - sigma * sigma / 2); });
    EXPECT_DOUBLE_EQ(mean_of(spread_out(kernel, 10000, true)), mean_of(kernel)) << "seed " << seed;
  }
}

TEST(Trend, ASlowStartIsNotTakenForATrend) {
  const auto warming_up = [](std::int64_t i) {
    return 1e-3 * (1 + 2 * std::exp(-static_cast<double>(i) / 5));
  };
  const KernelProfile kernel = first_items(64, warming_up);
  EXPECT_DOUBLE_EQ(mean_of(spread_out(kernel, 10000, true)), mean_of(kernel));
}

}  // namespace
}  // namespace mpisize
