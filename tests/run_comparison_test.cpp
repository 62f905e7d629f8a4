#include "mpisize/model/run_comparison.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>

#include "history_values.hpp"

namespace mpisize {
namespace {

/// `n` times about `centre` with relative scatter `sigma`.
Repetitions draw(std::size_t n, double centre, double sigma, Random& random) {
  Repetitions times;
  for (std::size_t i = 0; i < n; ++i) {
    times.emplace_back(centre * std::exp(sigma * random.normal()));
  }
  return times;
}

TEST(Residual, IsMeasuredOverPredictedLessOne) {
  HistoryEntry entry = sample::whole_run("app", 4, Seconds(12));
  EXPECT_EQ(residual(entry), std::nullopt);
  entry.predicted = Interval{Seconds(10), Seconds(9), Seconds(11)};
  EXPECT_NEAR(residual(entry).value(), 0.2, 1e-12);
  entry.predicted->value = Seconds(0);
  EXPECT_EQ(residual(entry), std::nullopt);
}

TEST(Residual, IsOfRunsThatEndedWellAlone) {
  HistoryEntry good = sample::whole_run("app", 4, Seconds(12));
  good.predicted = Interval{Seconds(10), Seconds(9), Seconds(11)};
  HistoryEntry failed = good;
  failed.ending.status = 3;
  HistoryEntry cut = good;
  cut.seen->steady = SteadyState{"MPI_Bcast on all ranks", 5, Seconds(1), Seconds(0)};
  HistoryEntry unknown = good;
  unknown.seen.reset();
  const std::vector<HistoryEntry> entries{failed, good, cut, unknown, good};
  EXPECT_EQ(residuals(entries), std::vector<double>(2, *residual(good)));
}

bool holds(const NoiseBand& band, const Repetitions& a, const Repetitions& b) {
  const auto median_of = [](const Repetitions& times) {
    std::vector<double> numbers;
    for (const Seconds time : times) numbers.push_back(time.value());
    return median(numbers);
  };
  return std::abs(std::log(median_of(a) / median_of(b))) <= std::log1p(band.relative);
}

TEST(NoiseBand, HoldsEqualRunsInAboutNineOfTenCases) {
  // 4,000 draws have a standard error of 0.5 %. Medians of 3 and more are taken to scatter as those
  // of very many do, which is too much: the band is then wider than it need be, not narrower.
  constexpr int cases = 4000;
  for (const std::size_t n : {std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{12}}) {
    Random random(n);
    int inside = 0;
    for (int i = 0; i < cases; ++i) {
      const Repetitions a = draw(n, 7, 0.03, random);
      const Repetitions b = draw(n, 7, 0.03, random);
      if (holds(noise_band(n, n, std::vector<Repetitions>{a, b}).value(), a, b)) ++inside;
    }
    EXPECT_GE(inside, 0.885 * cases) << n;
    EXPECT_LE(inside, 0.96 * cases) << n;
  }
}

TEST(NoiseBand, OfOneRunASideComesFromOtherRepetitions) {
  constexpr int cases = 4000;
  Random random(5);
  int inside = 0;
  for (int i = 0; i < cases; ++i) {
    const std::vector<Repetitions> sets{draw(3, 100, 0.03, random), draw(2, 1, 0.03, random)};
    const Repetitions a = draw(1, 7, 0.03, random);
    const Repetitions b = draw(1, 7, 0.03, random);
    if (holds(noise_band(1, 1, sets).value(), a, b)) ++inside;
  }
  EXPECT_NEAR(inside, 0.9 * cases, 0.015 * cases);
}

TEST(Compare, LargeDifferencesAreFoundAndHaveADirection) {
  Random random(3);
  const Repetitions slow = draw(4, 10, 0.01, random);
  const Repetitions fast = draw(4, 8, 0.01, random);
  const std::vector<Repetitions> sets{slow, fast};
  const auto comparison = compare(slow, fast, sets, 1);
  EXPECT_EQ(comparison.difference, Difference::faster);
  EXPECT_NEAR(comparison.ratio, 0.8, 0.03);
  EXPECT_EQ(compare(fast, slow, sets, 1).difference, Difference::slower);
  EXPECT_EQ(comparison.noise->runs, 8);
  EXPECT_EQ(comparison.noise->sets, 2);
}

TEST(Compare, WithoutAnyRepetitionNothingIsSaid) {
  const std::vector<Repetitions> single{{Seconds(1)}, {Seconds(2)}};
  const auto comparison = compare({Seconds(1)}, {Seconds(2)}, single, 1);
  EXPECT_EQ(comparison.difference, Difference::unknown);
  EXPECT_EQ(comparison.noise, std::nullopt);
  EXPECT_EQ(comparison.ratio, 2);
  EXPECT_EQ(comparison.a.interval, std::nullopt);
}

TEST(Compare, TwoRunsMakeAWideBand) {
  // One degree of freedom: t = 6.314. s^2 is half the squared difference of the logarithms.
  const std::vector<Repetitions> sets{{Seconds(1), Seconds(1.1)}};
  const auto comparison = compare({Seconds(1)}, {Seconds(1.4)}, sets, 1);
  EXPECT_NEAR(std::log1p(comparison.noise->relative), 6.3138 * std::log(1.1), 1e-4);
  EXPECT_EQ(comparison.difference, Difference::within_noise);
}

TEST(Compare, MedianHasItsBootstrapInterval) {
  const Repetitions a{Seconds(5), Seconds(1), Seconds(2), Seconds(3), Seconds(4)};
  const auto comparison = compare(a, a, {}, 1);
  EXPECT_EQ(comparison.a.runs, 5);
  EXPECT_EQ(comparison.a.median, Seconds(3));
  ASSERT_TRUE(comparison.a.interval);
  // By counting: the median of five draws is 1 in 5.8 % of the cases (three ones or more).
  EXPECT_EQ(comparison.a.interval->low, Seconds(1));
  EXPECT_EQ(comparison.a.interval->high, Seconds(5));
}

TEST(Compare, RefusesWhatHasNoRatio) {
  EXPECT_THROW(static_cast<void>(compare({}, {Seconds(1)}, {}, 1)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(compare({Seconds(1)}, {Seconds(0)}, {}, 1)),
               std::invalid_argument);
}

HistoryEntry run_of(const std::string& id, const std::string& program, int ranks, double wall) {
  HistoryEntry entry = sample::whole_run(program, ranks, Seconds(wall));
  entry.id = id;
  return entry;
}

TEST(RepetitionsOf, AreSetsOfTheProgramsCompared) {
  std::vector<HistoryEntry> history{run_of("1", "app", 4, 1),   run_of("2", "app", 8, 2),
                                    run_of("3", "app", 4, 3),   run_of("4", "other", 4, 4),
                                    run_of("5", "other", 4, 5), run_of("6", "app", 8, 6),
                                    run_of("7", "app", 2, 7),   run_of("8", "app", 4, 8)};
  history.back().ending.status = 1;
  const std::vector<HistoryEntry> a{history[0]};
  const std::vector<HistoryEntry> b{history[1]};
  const std::vector<Repetitions> sets{{Seconds(1), Seconds(3)}, {Seconds(2), Seconds(6)}};
  EXPECT_EQ(repetitions_of(history, a, b), sets);
}

TEST(RepetitionsOf, RunsThatMayRepeatEachOtherDoNotProveIt) {
  const std::vector<HistoryEntry> history{run_of("1", "app", 4, 1), run_of("2", "app", 4, 2),
                                          run_of("3", "app", 4, 3), run_of("4", "app", 4, 4)};
  const std::vector<HistoryEntry> a{history[0]};
  const std::vector<HistoryEntry> b{history[1]};
  EXPECT_EQ(repetitions_of(history, a, b), (std::vector<Repetitions>{{Seconds(3), Seconds(4)}}));
}

TEST(RepetitionsOf, RatesAndWholeRunsAreNotMixed) {
  std::vector<HistoryEntry> history;
  for (int i = 0; i < 4; ++i) {
    history.push_back(run_of(std::to_string(i), "app", 4, 10));
    history.back().ending = {std::nullopt, 15};
    history.back().seen->steady =
        SteadyState{i < 2 ? "MPI_Bcast on all ranks" : "MPI_Wait on every rank", 10 + i, Seconds(1),
                    Seconds(0)};
  }
  history.push_back(run_of("4", "app", 4, 10));
  EXPECT_TRUE(are_comparable(history[0], history[1]));
  EXPECT_FALSE(are_comparable(history[1], history[2]));
  EXPECT_FALSE(are_comparable(history[0], history[4]));
  EXPECT_EQ(comparable_time(history[0]), Seconds(0.1));
  EXPECT_EQ(comparable_time(history[4]), Seconds(10));
  const std::vector<HistoryEntry> a{history[0]};
  EXPECT_EQ(repetitions_of(history, a, {}),
            (std::vector<Repetitions>{{Seconds(1) / 10, Seconds(1) / 11}}));
}

TEST(ComparableTime, IsNotOfRunsThatFailedOrTookNothing) {
  HistoryEntry entry = run_of("1", "app", 4, 0);
  EXPECT_EQ(comparable_time(entry), std::nullopt);
  entry.seen->wall = Seconds(1);
  entry.ending.status = 1;
  EXPECT_EQ(comparable_time(entry), std::nullopt);
  entry.seen.reset();
  EXPECT_EQ(comparable_time(entry), std::nullopt);
}

}  // namespace
}  // namespace mpisize
