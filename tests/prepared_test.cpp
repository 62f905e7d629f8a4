// Deciding and running apart.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "mpisize/write/json.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

class PreparedOfNItems : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(PreparedOfNItems, RunsOnlyWhatIsLeft) {
  const std::int64_t n = GetParam();
  for (const Options& options : {Options{}, on_all_ranks()}) {
    CallCount calls(n);
    const auto kernel = [&](double x, std::int64_t index) {
      calls.add(index);
      return rough(x);
    };
    const auto items = numbers_at_root(n);
    auto prepared = prepare_map(MPI_COMM_WORLD, items, kernel, options);
    // Items may be under way still; those that came back have been seen.
    EXPECT_LE(prepared.predicted.items_seen, std::max<std::int64_t>(n / 10, 32));
    const Plan plan = prepared.plan;
    const auto outcome = map(MPI_COMM_WORLD, items, kernel, std::move(prepared));
    EXPECT_EQ(calls.fewest_and_most(), exactly_once);
    EXPECT_EQ(outcome.results, plain_loop(items, rough));
    EXPECT_EQ(outcome.report.plan, plan);
  }
}

INSTANTIATE_TEST_SUITE_P(Prepared, PreparedOfNItems, ::testing::Values(0, 1, 2, 7, 33, 1000),
                         ::testing::PrintToStringParamName());

TEST(Prepared, PlanIsTheSameOnEveryRank) {
  const auto prepared = prepare_map(MPI_COMM_WORLD, numbers_at_root(200), rough, on_all_ranks());
  const std::string text = to_json(PlanFile{{prepared.plan, prepared.predicted}, "", std::nullopt});
  EXPECT_EQ(text, of_root(text));
  EXPECT_EQ(prepared.plan.layout.ranks(), size_of());
}

TEST(Prepared, ThatIsLetGoLeavesTheCommunicatorUsable) {
  for (int i = 0; i < 5; ++i) {
    {
      const auto dropped = prepare_map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
    }
    const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
    EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(100), rough));
  }
}

TEST(Prepared, OtherCallsMayComeBetween) {
  const auto items = numbers_at_root(150);
  auto prepared = prepare_map(MPI_COMM_WORLD, items, rough, on_all_ranks());
  const auto between = map(MPI_COMM_WORLD, numbers_at_root(70), rough, on_all_ranks());
  EXPECT_EQ(between.results, plain_loop(numbers_at_root(70), rough));
  const auto outcome = map(MPI_COMM_WORLD, items, rough, std::move(prepared));
  EXPECT_EQ(outcome.results, plain_loop(items, rough));
}

TEST(Prepared, StringsAreKeptToo) {
  std::vector<std::string> items;
  for (std::size_t i = 0; is_root() && i < 120; ++i) items.emplace_back(i * 7 % 60 * 100, 'y');
  const auto kernel = [](const std::string& s) { return s + "."; };
  auto prepared = prepare_map(MPI_COMM_WORLD, items, kernel, on_all_ranks());
  const auto outcome = map(MPI_COMM_WORLD, items, kernel, std::move(prepared));
  EXPECT_EQ(outcome.results, plain_loop(items, kernel));
}

TEST(Prepared, KernelThatThrowsDuringSamplingFailsThePreparation) {
  const auto kernel = [](double x) -> double {
    if (x >= 0) throw std::runtime_error("always");
    return x;
  };
  EXPECT_THROW((void)prepare_map(MPI_COMM_WORLD, numbers_at_root(100), kernel, on_all_ranks()),
               KernelError);
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(100), rough));
}

/// One item sleeps far longer than the budget, the others hardly.
struct OneSlow {
  std::int64_t slow = 0;
  double operator()(double x, std::int64_t index) const {
    polite_sleep(Seconds(index == slow ? 0.3 : 5e-4));
    return rough(x);
  }
};

Options short_of_time() {
  Options options = on_all_ranks();
  options.sample_budget = Seconds(0.05);
  return options;
}

// Three places: whether it is sampled, and on which rank, is chance.
class SlowItem : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(SlowItem, DoesNotKeepResultsFromBeingRight) {
  const OneSlow kernel{GetParam()};
  const auto items = numbers_at_root(60);
  auto prepared = prepare_map(MPI_COMM_WORLD, items, kernel, short_of_time());
  const auto outcome = map(MPI_COMM_WORLD, items, kernel, std::move(prepared));
  EXPECT_EQ(outcome.results, plain_loop(items, rough));
}

INSTANTIATE_TEST_SUITE_P(Prepared, SlowItem, ::testing::Values(0, 31, 59),
                         ::testing::PrintToStringParamName());

TEST(Prepared, ThatIsLetGoWithItemsUnderWayLeavesTheCommunicatorUsable) {
  if (size_of() == 1) return;
  // Every worker is inside an item when the root returns.
  const auto slow_on_workers = [](double x) {
    if (!is_root()) polite_sleep(Seconds(0.05));
    return x;
  };
  Options options = on_all_ranks();
  options.sample_budget = Seconds(0);
  {
    const auto dropped = prepare_map(MPI_COMM_WORLD, numbers_at_root(50), slow_on_workers, options);
  }
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(100), rough));
}

TEST(Prepared, ItemThatFailsBetweenTheCallsFailsTheRun) {
  if (size_of() == 1) return;
  // Under way when the preparation ends, it fails while nobody looks.
  const auto late = [](double x) {
    if (is_root()) return x;
    polite_sleep(Seconds(0.05));
    throw std::runtime_error("late");
  };
  Options options = on_all_ranks();
  options.sample_budget = Seconds(0);
  const auto items = numbers_at_root(50);
  std::string words;
  try {
    auto prepared = prepare_map(MPI_COMM_WORLD, items, late, options);
    (void)map(MPI_COMM_WORLD, items, late, std::move(prepared));
  } catch (const KernelError& error) {
    words = error.what();
  }
  EXPECT_NE(words.find("late"), std::string::npos) << words;
  EXPECT_EQ(words, of_root(words));
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(100), rough));
}

TEST(Prepared, RunTwiceOrWithOtherItemsIsRefusedOnEveryRank) {
  const auto items = numbers_at_root(80);
  auto prepared = prepare_map(MPI_COMM_WORLD, items, rough, on_all_ranks());
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(79), rough, std::move(prepared)),
               std::invalid_argument);
  EXPECT_THROW((void)map(MPI_COMM_WORLD, items, rough, std::move(prepared)), std::invalid_argument);
  const auto outcome = map(MPI_COMM_WORLD, items, rough, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(items, rough));
}

}  // namespace
}  // namespace mpisize
