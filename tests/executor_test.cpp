// Whatever the plan, the results are those of the plain loop, bit by bit and in order, and every
// item is computed once.
#include "mpisize/mpi/executor.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

constexpr std::array schedules{Schedule::static_block, Schedule::dynamic, Schedule::guided,
                               Schedule::factoring, Schedule::fixed_size};

template <class T>
std::string text_of(const std::optional<T>& value) {
  std::ostringstream out;
  if (value) {
    out << *value;
  } else {
    out << "free";
  }
  return out.str();
}

std::string text_of(const Options& o) {
  return "ranks " + text_of(o.ranks) + ", schedule " +
         (o.schedule ? std::string(name_of(*o.schedule)) : "free") + ", chunk " + text_of(o.chunk) +
         ", queued " + text_of(o.queued) + ", root_computes " + text_of(o.root_computes) +
         ", budget " + std::to_string(o.sample_budget.value());
}

/// 1, 2, all.
std::vector<int> rank_counts() {
  std::vector<int> counts{1};
  if (size_of() > 1) counts.push_back(2);
  if (size_of() > 2) counts.push_back(size_of());
  return counts;
}

bool contradicts_itself(const Options& o) {
  return (o.chunk && o.schedule == Schedule::static_block) ||
         (o.ranks == 1 && o.root_computes == false);
}

/// Every combination that does not contradict itself.
std::vector<Options> forced_options(const std::vector<std::optional<std::int64_t>>& chunks,
                                    const std::vector<std::optional<int>>& depths) {
  std::vector<Options> all;
  for (const int ranks : rank_counts()) {
    for (const Schedule schedule : schedules) {
      for (const auto& chunk : chunks) {
        for (const auto& queued : depths) {
          for (const bool root_computes : {true, false}) {
            Options o;
            o.ranks = ranks;
            o.schedule = schedule;
            o.chunk = chunk;
            o.queued = queued;
            o.root_computes = root_computes;
            // Every second without sampling, but for a first item of each rank.
            if (all.size() % 2 == 1) o.sample_budget = Seconds(0);
            if (!contradicts_itself(o)) all.push_back(o);
          }
        }
      }
    }
  }
  return all;
}

void expect_obeyed(const Options& o, const Report& report) {
  const Plan& plan = report.plan;
  EXPECT_EQ(plan.verdict, *o.ranks > 1 ? Verdict::parallel : Verdict::serial);
  EXPECT_EQ(plan.layout.ranks(), *o.ranks);
  for (std::size_t r = 0; r < report.measured.ranks.size(); ++r) {
    if (static_cast<int>(r) >= *o.ranks) {
      EXPECT_EQ(report.measured.ranks[r].items, 0);
    }
  }
  if (*o.ranks == 1) return;
  EXPECT_EQ(plan.pattern.schedule, *o.schedule);
  EXPECT_EQ(plan.pattern.root_computes, *o.root_computes);
  if (o.chunk) {
    EXPECT_EQ(plan.pattern.chunk, *o.chunk);
  }
  // Of a static schedule a rank has one block.
  if (o.queued && o.schedule != Schedule::static_block) {
    EXPECT_EQ(plan.pattern.queued, *o.queued);
  }
}

TEST(Executor, AnyPlanGivesTheResultsOfThePlainLoop) {
  constexpr int n = 97;
  const auto items = numbers_at_root(n);
  const auto expected = plain_loop(items, rough);
  for (const Options& options : forced_options({std::nullopt, 1, 7}, {std::nullopt, 1, 32})) {
    SCOPED_TRACE(text_of(options));
    CallCount calls(n);
    const auto kernel = [&](double x, std::int64_t index) {
      calls.add(index);
      return rough(x);
    };
    const auto outcome = map(MPI_COMM_WORLD, items, kernel, options);
    ASSERT_EQ(outcome.results, expected);
    ASSERT_EQ(calls.fewest_and_most(), exactly_once);
    expect_obeyed(options, outcome.report);
  }
}

TEST(Executor, AnyPlanGivesTheResultsOfThePlainLoopForItemsOfUnevenSize) {
  std::vector<std::string> items;
  for (std::size_t i = 0; is_root() && i < 64; ++i) items.emplace_back(i * 37 % 11 * 500, 'x');
  const auto kernel = [](const std::string& s) { return s + std::to_string(s.size()); };
  const auto expected = plain_loop(items, kernel);
  for (const Options& options : forced_options({std::nullopt, 5}, {4})) {
    SCOPED_TRACE(text_of(options));
    const auto outcome = map(MPI_COMM_WORLD, items, kernel, options);
    ASSERT_EQ(outcome.results, expected);
    expect_obeyed(options, outcome.report);
  }
}

TEST(Executor, ChunkLargerThanTheWorkIsTheWholeWork) {
  Options options = on_all_ranks();
  if (size_of() > 1) {
    options.schedule = Schedule::dynamic;
    options.chunk = 1'000'000'000'000;
  }
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(200), rough, options);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(200), rough));
}

TEST(Executor, RootThatDoesNotComputeIsLeftOutAfterSampling) {
  if (size_of() == 1) return;
  constexpr int n = 400;
  Options options = on_all_ranks();
  options.root_computes = false;
  options.schedule = Schedule::dynamic;
  options.sample_budget = Seconds(0);
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), rough, options);
  // One first item, and those that it takes until all have shown theirs.
  EXPECT_LE(outcome.report.measured.ranks[0].items, 32);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(n), rough));
}

TEST(Executor, StaticScheduleGivesEveryRankOneBlock) {
  if (size_of() == 1) return;
  constexpr int n = 1000;
  Options options = on_all_ranks();
  options.schedule = Schedule::static_block;
  options.root_computes = true;
  options.sample_budget = Seconds(0);
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), rough, options);
  std::int64_t items = 0;
  for (const RankWork& use : outcome.report.measured.ranks) {
    // Its first item and the block.
    EXPECT_LE(use.items, n / size_of() + 33);
    EXPECT_GE(use.items, n / size_of() - 33);
    items += use.items;
  }
  EXPECT_EQ(items, n);
}

TEST(Executor, SlowFirstItemDoesNotHoldUpTheOthers) {
  // The item that is under way when sampling ends comes back while others are computed.
  constexpr int n = 60;
  Options options = on_all_ranks();
  options.sample_budget = Seconds(0);
  CallCount calls(n);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(n),
      [&, first = true](double x, std::int64_t index) mutable {
        if (first && rank_of() != 0) polite_sleep(Seconds(0.03));
        first = false;
        calls.add(index);
        return x;
      },
      options);
  EXPECT_EQ(outcome.results, numbers_at_root(n));
  EXPECT_EQ(calls.fewest_and_most(), exactly_once);
}

TEST(Executor, CallsInARowKeepApartWhenWorkersWakeLate) {
  // The frames of a call may be at a worker before it has read the end of the call before.
  constexpr int calls = 40;
  constexpr int n = 64;
  Options options = on_all_ranks();
  options.sample_budget = Seconds(0);
  options.schedule = Schedule::dynamic;
  options.chunk = 1;
  options.queued = 8;
  for (int call = 0; call < calls; ++call) {
    if (rank_of() != 0 && call % 4 == 0) polite_sleep(Seconds(2e-3));
    const auto add = [call](double x) { return x + call; };
    const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), add, options);
    ASSERT_EQ(outcome.results, plain_loop(numbers_at_root(n), add)) << "call " << call;
  }
}

}  // namespace
}  // namespace mpisize
