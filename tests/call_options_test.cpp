#include "mpisize/mpi/options.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// Set on the root only: nobody else's options count.
Options root_options(const std::function<void(Options&)>& set) {
  Options options;
  if (is_root()) set(options);
  return options;
}

/// The words of the std::invalid_argument that the call ends with; no item is computed.
std::string refusal(const Options& options, bool only_prepare) {
  int calls = 0;
  const auto kernel = [&calls](double x) {
    ++calls;
    return x;
  };
  std::string words;
  try {
    if (only_prepare) {
      (void)prepare_map(MPI_COMM_WORLD, numbers_at_root(100), kernel, options);
    } else {
      (void)map(MPI_COMM_WORLD, numbers_at_root(100), kernel, options);
    }
  } catch (const std::invalid_argument& error) {
    words = error.what();
  }
  EXPECT_EQ(calls, 0);
  return words;
}

/// Refused on every rank in one sentence that names the value; the communicator works afterwards.
void expect_refused(const std::function<void(Options&)>& set, const std::string& name) {
  SCOPED_TRACE(name);
  for (const bool only_prepare : {false, true}) {
    const std::string words = refusal(root_options(set), only_prepare);
    EXPECT_NE(words.find(name), std::string::npos) << '"' << words << '"';
    EXPECT_EQ(words, of_root(words));
  }
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(10), rough);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(10), rough));
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Options, RanksThatAreNotThereAreRefused) {
  expect_refused([](Options& o) { o.ranks = size_of() + 1; }, "ranks");
  expect_refused([](Options& o) { o.ranks = 0; }, "ranks");
  expect_refused([](Options& o) { o.ranks = -1; }, "ranks");
}

TEST(Options, NumbersThatAreNoneAreRefused) {
  expect_refused([](Options& o) { o.min_speedup = nan; }, "min_speedup");
  expect_refused([](Options& o) { o.min_speedup = infinity; }, "min_speedup");
  expect_refused([](Options& o) { o.min_speedup = 0; }, "min_speedup");
  expect_refused([](Options& o) { o.sample_budget = Seconds(nan); }, "sample_budget");
  expect_refused([](Options& o) { o.sample_budget = Seconds(infinity); }, "sample_budget");
  expect_refused([](Options& o) { o.sample_budget = Seconds(-1); }, "sample_budget");
  expect_refused([](Options& o) { o.deadline = Seconds(nan); }, "deadline");
  expect_refused([](Options& o) { o.deadline = Seconds(0); }, "deadline");
  expect_refused([](Options& o) { o.max_memory = Bytes(0); }, "max_memory");
}

TEST(Options, ChunksAndDepthsOutOfBoundsAreRefused) {
  expect_refused([](Options& o) { o.chunk = 0; }, "chunk");
  expect_refused([](Options& o) { o.chunk = -5; }, "chunk");
  expect_refused([](Options& o) { o.queued = 0; }, "queued");
  expect_refused([](Options& o) { o.queued = 33; }, "queued");
}

TEST(Options, ContradictionsAreRefused) {
  const auto static_chunks = [](Options& o) {
    o.schedule = Schedule::static_block;
    o.chunk = 4;
  };
  expect_refused(static_chunks, "chunk");
  const auto nobody_computes = [](Options& o) {
    o.ranks = 1;
    o.root_computes = false;
  };
  expect_refused(nobody_computes, "root_computes");
}

TEST(Options, AreLookedAtBeforeTheItems) {
  // Bad options are refused also where there is nothing to do.
  Options options;
  options.queued = 99;
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers(0), rough, options), std::invalid_argument);
}

TEST(Options, ForcedRanksOverrideTheVerdict) {
  Options unreachable;
  unreachable.min_speedup = 1e9;
  const auto free = map(MPI_COMM_WORLD, numbers_at_root(100), rough, unreachable);
  EXPECT_EQ(free.report.plan.verdict, Verdict::serial);
  Options all = on_all_ranks();
  all.min_speedup = 1e9;
  const auto forced = map(MPI_COMM_WORLD, numbers_at_root(100), rough, all);
  EXPECT_EQ(forced.report.plan.layout.ranks(), size_of());
  EXPECT_EQ(forced.report.plan.verdict, size_of() > 1 ? Verdict::parallel : Verdict::serial);
}

TEST(Options, SpeedupThatNothingReachesIsSerial) {
  Options options;
  options.min_speedup = 1e9;
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(100),
      [](double x) {
        polite_sleep(Seconds(5e-4));
        return x;
      },
      options);
  EXPECT_EQ(outcome.report.plan.verdict, Verdict::serial);
  EXPECT_EQ(outcome.report.plan.layout.ranks(), 1);
  EXPECT_EQ(outcome.results, numbers_at_root(100));
}

TEST(Options, DeadlineThatCannotBeMetIsInfeasibleOnEveryRank) {
  Options options = on_all_ranks();
  options.deadline = Seconds(1e-9);
  std::string words;
  try {
    (void)map(MPI_COMM_WORLD, numbers_at_root(200), rough, options);
  } catch (const InfeasibleError& error) {
    words = error.what();
  }
  EXPECT_FALSE(words.empty());
  EXPECT_EQ(words, of_root(words));
  // Deciding alone says so without throwing.
  const auto prepared = prepare_map(MPI_COMM_WORLD, numbers_at_root(200), rough, options);
  EXPECT_EQ(prepared.plan.verdict, Verdict::infeasible);
}

TEST(Options, MemoryThatIsTooSmallIsInfeasibleOnEveryRank) {
  Options options = on_all_ranks();
  options.max_memory = Bytes(1);
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(200), rough, options), InfeasibleError);
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(10), rough);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(10), rough));
}

}  // namespace
}  // namespace mpisize
