#include "mpisize/mpi/map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mpisize/write/json.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// Maps n numbers; every item once, results of the plain loop at the root and none elsewhere.
void expect_right(std::int64_t n, const Options& options) {
  SCOPED_TRACE("items " + std::to_string(n));
  CallCount calls(n);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(n),
      [&](double x, std::int64_t index) {
        calls.add(index);
        return rough(x);
      },
      options);
  EXPECT_EQ(calls.fewest_and_most(), exactly_once);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(n), rough));
}

class MapOfNItems : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(MapOfNItems, ComputesEachOnceAndReturnsThemInOrder) { expect_right(GetParam(), {}); }

TEST_P(MapOfNItems, ComputesEachOnceWhenAllRanksMustTakePart) {
  expect_right(GetParam(), on_all_ranks());
}

TEST_P(MapOfNItems, ComputesEachOnceAloneAtTheRoot) {
  Options options;
  options.ranks = 1;
  expect_right(GetParam(), options);
}

TEST_P(MapOfNItems, ComputesEachOnceWithoutSampling) {
  Options options = on_all_ranks();
  options.sample_budget = Seconds(0);
  expect_right(GetParam(), options);
}

// None, one, two, fewer than ranks, as many as are sampled, one more, a prime, many.
INSTANTIATE_TEST_SUITE_P(Map, MapOfNItems, ::testing::Values(0, 1, 2, 3, 7, 32, 33, 101, 5000),
                         ::testing::PrintToStringParamName());

TEST(Map, EveryItemOnceWithEverySeed) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Options options = on_all_ranks();
    options.seed = seed;
    expect_right(120, options);
  }
}

TEST(Map, SleepingItemsAreSharedAmongTheRanks) {
  constexpr int n = 60;
  CallCount calls(n);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(n),
      [&](double x, std::int64_t index) {
        calls.add(index);
        polite_sleep(Seconds(1e-3));
        return x;
      },
      on_all_ranks());
  EXPECT_EQ(calls.fewest_and_most(), exactly_once);
  const int idle = sum_over_ranks(calls.here() == 0 ? 1 : 0);
  EXPECT_EQ(idle, 0);
  EXPECT_EQ(outcome.results, numbers_at_root(n));
}

TEST(Map, LengthsThatDifferByThousandsKeepTheirOrder) {
  // Handed out by falling size: results must find their places all the same.
  std::vector<std::string> items;
  for (std::size_t i = 0; is_root() && i < 150; ++i) {
    items.emplace_back(i % 7 == 3 ? 9000 + i : i % 5, static_cast<char>('a' + i % 26));
  }
  const auto twice = [](const std::string& s) { return s + s; };
  const auto outcome = map(MPI_COMM_WORLD, items, twice, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(items, twice));
}

TEST(Map, ReportIsTheSameOnEveryRank) {
  for (const std::int64_t n : {0, 1, 200}) {
    for (const Options& options : {Options{}, on_all_ranks()}) {
      const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), rough, options);
      const std::string text = to_json(outcome.report);
      EXPECT_EQ(text, of_root(text));
    }
  }
}

TEST(Map, ReportCountsTheItemsOfEveryRank) {
  constexpr int n = 300;
  CallCount calls(n);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(n),
      [&](double x, std::int64_t index) {
        calls.add(index);
        return x;
      },
      on_all_ranks());
  ASSERT_EQ(outcome.report.measured.ranks.size(), static_cast<std::size_t>(size_of()));
  const auto rank = static_cast<std::size_t>(rank_of());
  EXPECT_EQ(outcome.report.measured.ranks[rank].items, calls.here());
}

TEST(Map, OnlyTheRootsItemsAndOptionsCount) {
  Options options;
  std::vector<double> items{1, 2, 3};
  if (!is_root()) {
    options.ranks = -7;
    options.min_speedup = -1;
    items = {99};
  }
  const auto outcome = map(MPI_COMM_WORLD, items, rough, options);
  EXPECT_EQ(outcome.results, is_root() ? plain_loop(items, rough) : std::vector<double>{});
}

TEST(Map, ArraysSpansAndConstVectorsAreItems) {
  const std::vector<double> vector = numbers(50);
  std::array<double, 50> array{};
  std::copy(vector.begin(), vector.end(), array.begin());
  double plain[50];  // NOLINT(modernize-avoid-c-arrays): it is what is tested
  std::copy(vector.begin(), vector.end(), plain);
  const auto expected = is_root() ? plain_loop(vector, rough) : std::vector<double>{};
  const Options options = on_all_ranks();
  EXPECT_EQ(map(MPI_COMM_WORLD, vector, rough, options).results, expected);
  EXPECT_EQ(map(MPI_COMM_WORLD, array, rough, options).results, expected);
  EXPECT_EQ(map(MPI_COMM_WORLD, plain, rough, options).results, expected);
  EXPECT_EQ(map(MPI_COMM_WORLD, std::span<const double>(vector), rough, options).results, expected);
  EXPECT_EQ(map(MPI_COMM_WORLD, std::span(array).subspan(0, 50), rough, options).results, expected);
}

TEST(Map, TheCallersItemsAreNotTouched) {
  const std::vector<std::string> before(40, "unchanged");
  const auto items = before;
  (void)map(
      MPI_COMM_WORLD, items, [](std::string s) { return s += "!"; }, on_all_ranks());
  EXPECT_EQ(items, before);
}

TEST(Kernel, SeesTheIndexOfItsItem) {
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(100),
      [](double x, std::int64_t index) { return x == static_cast<double>(index); }, on_all_ranks());
  EXPECT_EQ(outcome.results, std::vector<bool>(is_root() ? 100 : 0, true));
}

TEST(Kernel, KeepsItsStatePerRank) {
  struct Counting {
    int calls = 0;
    double operator()(double x) {
      ++calls;
      return x;
    }
  };
  Counting kernel;
  (void)map(MPI_COMM_WORLD, numbers_at_root(100), kernel, on_all_ranks());
  EXPECT_EQ(sum_over_ranks(kernel.calls), 100);
}

TEST(Kernel, IsCalledAsAnLvalueAndNeverCopiedOrMoved) {
  struct Pinned {
    Pinned() = default;
    Pinned(const Pinned&) = delete;
    Pinned(Pinned&&) = delete;
    double operator()(double x) & { return rough(x); }
    double operator()(double) && = delete;
  };
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(50), Pinned{}, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(50), rough));
}

TEST(Kernel, MayOnlyBeMovable) {
  auto shift = std::make_unique<double>(0.5);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(50),
      [shift = std::move(shift)](double x) { return x + *shift; }, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(50), [](double x) { return x + 0.5; }));
}

TEST(Kernel, MayBeAFunctionAPointerConstOrAStdFunction) {
  const auto expected = plain_loop(numbers_at_root(50), rough);
  const Options options = on_all_ranks();
  EXPECT_EQ(map(MPI_COMM_WORLD, numbers_at_root(50), rough, options).results, expected);
  EXPECT_EQ(map(MPI_COMM_WORLD, numbers_at_root(50), &rough, options).results, expected);
  const auto constant = [](double x) { return rough(x); };
  EXPECT_EQ(map(MPI_COMM_WORLD, numbers_at_root(50), constant, options).results, expected);
  const std::function<double(double)> function = rough;
  EXPECT_EQ(map(MPI_COMM_WORLD, numbers_at_root(50), function, options).results, expected);
}

TEST(Kernel, ItsReferencesAreCopiedIntoTheResults) {
  double last = 0;
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(50),
      [&last](double x) -> const double& {
        last = rough(x);
        return last;
      },
      on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(50), rough));
}

TEST(Progress, RisesToAllItemsOnTheRootOnly) {
  std::vector<Progress> seen;
  Options options = on_all_ranks();
  options.on_progress = [&](const Progress& p) { seen.push_back(p); };
  (void)map(MPI_COMM_WORLD, numbers_at_root(500), rough, options);
  if (!is_root()) {
    EXPECT_TRUE(seen.empty());
    return;
  }
  ASSERT_FALSE(seen.empty());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].total, 500);
    EXPECT_GT(seen[i].done, i == 0 ? 0 : seen[i - 1].done);
    EXPECT_GE(seen[i].elapsed, i == 0 ? Seconds(0) : seen[i - 1].elapsed);
  }
  EXPECT_EQ(seen.back().done, 500);
}

}  // namespace
}  // namespace mpisize
