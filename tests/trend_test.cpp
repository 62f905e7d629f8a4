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

TEST(Trend, TheErrorOfTheLineCoversWhatComes) {
  constexpr std::int64_t items = 2000;
  int followed = 0;
  int inside = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed);
    const auto rising = [](double i) { return 1e-4 * (1 + 0.02 * i); };
    const KernelProfile kernel = first_items(60, [&](std::int64_t i) {
      return rising(static_cast<double>(i)) + 3e-5 * random.normal();
    });
    const KernelProfile spread = spread_out(kernel, items, true);
    if (spread.trend_error == 0) continue;
    ++followed;
    const double off = mean_of(spread) / rising(items / 2.0) - 1;
    inside += std::abs(off) <= 1.645 * spread.trend_error ? 1 : 0;
  }
  EXPECT_GT(followed, 300);
  EXPECT_GT(inside, 0.8 * followed);
  EXPECT_LT(inside, 0.98 * followed) << "a wider interval says less than it could";
}

TEST(Trend, ASlopeThatIsNotClearYetIsInDoubt) {
  int doubted = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const auto noisy = [&random](double slope) {
      return first_items(32, [&](std::int64_t i) {
        return 1e-4 * (1 + slope * static_cast<double>(i) + 0.25 * random.normal());
      });
    };
    const KernelProfile rising = noisy(0.025);
    const bool followed = spread_out(rising, 2000, true).trend_error > 0;
    EXPECT_FALSE(followed && trend_in_doubt(rising));
    doubted += !followed && trend_in_doubt(rising) ? 1 : 0;
  }
  EXPECT_GT(doubted, 80) << "of 200";
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
