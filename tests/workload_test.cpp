#include "mpisize/model/workload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "made_kernels.hpp"

namespace mpisize {
namespace {

double sum(const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

TEST(Workload, TotalIsUnbiased) {
  Random random(1);
  for (const auto shape : made::shapes) {
    const auto times = made::item_times(shape, 1000, 1e-3, random);
    std::vector<double> ratios;
    for (std::uint64_t seed = 0; seed < 600; ++seed) {
      ratios.push_back(workload_of(made::sampled(times, 64, seed), 1000).total / sum(times));
    }
    const double standard_error = std::sqrt(variance(ratios) / 600);
    EXPECT_NEAR(mean(ratios), 1, 3.5 * standard_error + 1e-9) << made::name_of(shape);
  }
}

/// Share of the samplings whose 90 % interval of the total holds the true one.
double coverage(const std::vector<double>& times, std::int64_t samples) {
  int inside = 0;
  constexpr int samplings = 600;
  for (std::uint64_t seed = 0; seed < samplings; ++seed) {
    const Workload work =
        workload_of(made::sampled(times, samples, seed), static_cast<std::int64_t>(times.size()));
    inside += std::abs(sum(times) / work.total - 1) <= 1.645 * work.total_error ? 1 : 0;
  }
  return static_cast<double>(inside) / samplings;
}

TEST(Workload, StandardErrorOfTheTotalCoversNinetyPercent) {
  Random random(2);
  std::vector<double> flat(1000);
  for (double& t : flat) t = 0.5e-3 + 1e-3 * random.uniform();
  EXPECT_NEAR(coverage(flat, 64), 0.9, 0.05);
  EXPECT_NEAR(coverage(flat, 500), 0.9, 0.05);  // Half of them: the finite population counts.
  EXPECT_NEAR(coverage(made::item_times(made::Shape::lognormal_cv1, 1000, 1e-3, random), 64), 0.9,
              0.08);
  // A trend inside the strata makes the interval wide, never narrow.
  EXPECT_GE(coverage(made::item_times(made::Shape::rising, 1000, 1e-3, random), 64), 0.9);
}

TEST(Workload, OfAllItemsIsExact) {
  Random random(3);
  for (const auto shape : made::shapes) {
    const auto times = made::item_times(shape, 512, 1e-3, random);
    const Workload work = workload_of(made::sampled(times, 512, 1), 512);
    EXPECT_NEAR(work.total, sum(times), 1e-9 * sum(times));
    EXPECT_EQ(work.total_error, 0);
    EXPECT_EQ(work.largest_seen, *std::max_element(times.begin(), times.end()));
  }
}

TEST(Workload, ATrendOverTheIndexShowsInTheStrata) {
  Random random(4);
  const auto times = made::item_times(made::Shape::rising, 10000, 1e-3, random);
  const Workload work = workload_of(made::sampled(times, 256, 1), 10000);
  EXPECT_GE(work.strata.size(), 8U);
  for (std::size_t i = 1; i < work.strata.size(); ++i) {
    EXPECT_GT(work.strata[i].mean_rate, work.strata[i - 1].mean_rate);
  }
  for (const double part : {0.1, 0.25, 0.5, 0.9}) {
    const auto until = static_cast<std::ptrdiff_t>(10000 * part);
    const double truth = std::accumulate(times.begin(), times.begin() + until, 0.0);
    EXPECT_NEAR(work.work_before(until), truth, 0.05 * truth) << part;
  }
}

TEST(Workload, ChanceDifferencesAreNoTrend) {
  Random random(5);
  int split = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto times = made::item_times(made::Shape::lognormal_cv2, 5000, 1e-3, random);
    split += workload_of(made::sampled(times, 256, seed), 5000).strata.size() > 1 ? 1 : 0;
  }
  EXPECT_LE(split, 10);  // At each of six numbers of strata in 1 % of the cases.
}

TEST(Workload, StrataAreWithoutGaps) {
  Random random(6);
  for (const std::int64_t items : {3, 100, 1001}) {
    const auto times = made::item_times(made::Shape::rising, items, 1e-3, random);
    const Workload work = workload_of(made::sampled(times, 64, 1), items);
    std::int64_t next = 0;
    for (const Stratum& s : work.strata) {
      EXPECT_EQ(s.first, next);
      next += s.count;
    }
    EXPECT_EQ(next, items);
    EXPECT_NEAR(work.work_before(items), work.total, 1e-12 * work.total);
    EXPECT_EQ(&work.stratum_of(items - 1), &work.strata.back());
  }
}

TEST(Workload, StretchesOverAnotherNumberOfItems) {
  Random random(7);
  const auto times = made::item_times(made::Shape::rising, 1000, 1e-3, random);
  const KernelProfile kernel = made::sampled(times, 128, 1);
  const Workload same = workload_of(kernel, 1000);
  for (const std::int64_t items : {10, 1000, 50000}) {
    const double factor = static_cast<double>(items) / 1000;
    const Workload other = workload_of(kernel, items);
    EXPECT_NEAR(other.total, factor * same.total, 0.02 * factor * same.total) << items;
    EXPECT_NEAR(other.work_before(items / 2), factor * same.work_before(500), 0.1 * other.total)
        << items;
  }
}

/// Items of very different sizes in the order of falling size, time proportional to size but for 5
/// % of noise.
struct Sized {
  KernelProfile kernel;
  std::vector<double> times;
};
Sized sized(std::int64_t items, std::uint64_t seed) {
  Random random(seed);
  std::vector<std::int64_t> bytes(static_cast<std::size_t>(items));
  for (auto& b : bytes) b = 1 + static_cast<std::int64_t>(1e4 * std::exp(1.5 * random.normal()));
  std::sort(bytes.begin(), bytes.end(), std::greater<>());
  Sized s;
  for (const auto b : bytes)
    s.times.push_back(1e-8 * static_cast<double>(b) * (0.95 + 0.1 * random.uniform()));
  s.kernel = made::sampled(s.times, 64, seed);
  Bytes before{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    before += Bytes(bytes[i]);
    s.kernel.size_sums.push_back({static_cast<std::int64_t>(i) + 1, before});
  }
  s.kernel.size_correlation = 0.99;
  return s;
}

TEST(Workload, SizesMakeTheTotalOfUnequalItemsPrecise) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Sized s = sized(1000, seed);
    const Workload work = workload_of(s.kernel, 1000);
    EXPECT_NEAR(work.total, sum(s.times), 0.02 * sum(s.times));
    EXPECT_NEAR(work.largest, s.times.front(), 0.15 * s.times.front());
    const double first_ten = std::accumulate(s.times.begin(), s.times.begin() + 10, 0.0);
    EXPECT_NEAR(work.work_before(10), first_ten, 0.1 * first_ten);
  }
}

TEST(Workload, SizesThatDoNotPredictTimeAreNotUsed) {
  Sized s = sized(1000, 1);
  s.kernel.size_correlation = 0.3;
  EXPECT_TRUE(workload_of(s.kernel, 1000).size_sums.empty());
  EXPECT_EQ(workload_of(s.kernel, 1000).units(3, 7), 7);
}

TEST(Workload, SizesStretchToo) {
  const Sized s = sized(1000, 2);
  const double total = workload_of(s.kernel, 1000).total;
  EXPECT_NEAR(workload_of(s.kernel, 3000).total, 3 * total, 0.05 * total);
  EXPECT_NEAR(workload_of(s.kernel, 3000).units(0, 3000),
              3 * workload_of(s.kernel, 1000).units(0, 1000), 10);
}

TEST(Workload, FirstItemsOfRanksDoNotCount) {
  KernelProfile kernel = made::sampled(std::vector<double>(100, 1e-3), 20, 1);
  kernel.samples[0].time = Seconds(1);
  kernel.samples[0].first = true;
  EXPECT_NEAR(workload_of(kernel, 100).total, 0.1, 1e-12);
  // Unless there are no others.
  kernel.samples.resize(1);
  EXPECT_NEAR(workload_of(kernel, 100).total, 100, 1e-9);
}

TEST(Workload, ItemsTimedInCompanyAreTakenAsIfAlone) {
  KernelProfile kernel = made::sampled(std::vector<double>(100, 1e-3), 20, 1);
  kernel.slowdown = {{4, measured(2.0, 1.9, 2.1)}};
  for (std::size_t i = 10; i < 20; ++i) {
    kernel.samples[i].alone = false;
    kernel.samples[i].time = Seconds(2e-3);
  }
  EXPECT_NEAR(workload_of(kernel, 100).total, 0.1, 1e-12);
}

TEST(Workload, ARareLongItemIsExpectedBeyondTheSample) {
  Random random(8);
  const auto heavy = made::item_times(made::Shape::lognormal_cv2, 100000, 1e-3, random);
  const Workload work = workload_of(made::sampled(heavy, 200, 1), 100000);
  EXPECT_GT(work.largest, 1.5 * work.largest_seen);
  const auto flat = made::item_times(made::Shape::uniform, 100000, 1e-3, random);
  EXPECT_LT(workload_of(made::sampled(flat, 200, 1), 100000).largest, 1.2e-3);
}

TEST(Workload, NoiseIsWhatTimeWindowsOfARankDifferBeyondTheirItems) {
  Random random(11);
  const auto times = made::item_times(made::Shape::uniform, 4000, 1e-3, random);
  KernelProfile kernel = made::sampled(times, 400, 1);
  for (std::size_t i = 0; i < kernel.samples.size(); ++i) {
    kernel.samples[i].started = Seconds(static_cast<double>(i));
  }
  EXPECT_NEAR(workload_of(kernel, 4000).noise, 0.01, 1e-9);  // Never taken for less.
  for (std::size_t i = 0; i < kernel.samples.size(); ++i) {
    // A neighbour takes turns: every other quarter of the run is a fifth slower.
    if (i / 100 % 2 == 1) kernel.samples[i].time = kernel.samples[i].time * 1.2;
  }
  EXPECT_NEAR(workload_of(kernel, 4000).noise, 0.105, 0.02);
}

TEST(Workload, RefusesAProfileWithoutSamples) {
  EXPECT_THROW((void)workload_of({}, 10), std::invalid_argument);
  EXPECT_THROW((void)workload_of(made::sampled({1.0}, 1, 1), 0), std::invalid_argument);
}

TEST(ExpectedExcess, IsTheMeanOfWhatIsAboveTheLimit) {
  Random random(9);
  const auto times = made::item_times(made::Shape::lognormal_cv1, 300, 1e-3, random);
  const Workload work = workload_of(made::sampled(times, 300, 1), 300);
  for (const double limit : {0.0, 0.3e-3, 1e-3, 3e-3, 1.0}) {
    double naive = 0;
    for (const double t : times) naive += std::max(0.0, t - limit) / 300;
    EXPECT_NEAR(expected_excess(work, limit), naive, 1e-12);
  }
}

TEST(DrawTime, HasTheMeanOfTheWorkItStandsFor) {
  Random random(10);
  for (const auto shape : made::shapes) {
    const Workload work =
        workload_of(made::sampled(made::item_times(shape, 4000, 1e-3, random), 256, 1), 4000);
    for (const std::int64_t count : {1, 5, 16, 17, 500}) {
      double drawn = 0;
      double expected = 0;
      constexpr int draws = 4000;
      for (int i = 0; i < draws; ++i) {
        const std::int64_t first = random.below(4000 - count);
        drawn += draw_time(work, first, count, random);
        expected += work.work_before(first + count) - work.work_before(first);
      }
      EXPECT_NEAR(drawn, expected, 0.12 * expected) << made::name_of(shape) << " x " << count;
    }
  }
}

TEST(Slowdown, IsOneWhileEveryRankHasACore) {
  KernelProfile kernel;
  EXPECT_EQ(slowdown(kernel, 4, 4, 0), 1);
  EXPECT_EQ(slowdown(kernel, 4, 8, 0), 2);
  EXPECT_EQ(slowdown(kernel, 4, 7, 1), 2);  // One that polls takes a core too.
  kernel.cpu_share = 0;                     // Sleeping items.
  EXPECT_EQ(slowdown(kernel, 2, 1000, 0), 1);
  kernel.cpu_share = 4;  // Threads.
  EXPECT_EQ(slowdown(kernel, 4, 2, 0), 2);
}

TEST(Slowdown, IsLinearBetweenWhatWasMeasured) {
  KernelProfile kernel;
  kernel.slowdown = {{4, measured(1.3, 1.2, 1.4)}, {8, measured(1.5, 1.4, 1.6)}};
  EXPECT_NEAR(slowdown(kernel, 64, 1, 0), 1, 1e-12);
  EXPECT_NEAR(slowdown(kernel, 64, 2, 0), 1.1, 1e-12);
  EXPECT_NEAR(slowdown(kernel, 64, 4, 0), 1.3, 1e-12);
  EXPECT_NEAR(slowdown(kernel, 64, 6, 0), 1.4, 1e-12);
  EXPECT_NEAR(slowdown(kernel, 64, 20, 0), 1.5, 1e-12);
}

TEST(LongestOf, IsTheTimeThatOneOfSoManyReaches) {
  Workload work;
  work.mean = 1;
  work.tail = {{1, 1, 1}, {2, 0.5, 0.6}, {10, 0.01, 0.1}};
  EXPECT_EQ(longest_of(work, 1), 1);
  EXPECT_EQ(longest_of(work, 50), 2);
  EXPECT_EQ(longest_of(work, 100), 10);
  work.tail.clear();
  EXPECT_EQ(longest_of(work, 100), 1) << "nothing is known but the mean";
}

}  // namespace
}  // namespace mpisize
