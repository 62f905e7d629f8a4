// Batches come in order, whole, once, and little is held at a time.
#include "mpisize/mpi/batch.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/measure/self.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// What a sink was given, one after the other.
struct Log {
  std::vector<double> results;
  std::vector<std::size_t> sizes;
  bool in_order = true;
  void operator()(std::int64_t first, std::span<double> batch) {
    in_order = in_order && first == static_cast<std::int64_t>(results.size());
    results.insert(results.end(), batch.begin(), batch.end());
    sizes.push_back(batch.size());
  }
};

TEST(Batch, DeliversWhatThePlainLoopComputesInOrder) {
  constexpr std::int64_t n = 1003;
  const std::vector<double> items = numbers_at_root(n);
  for (const int ranks : {1, size_of()}) {
    for (const std::optional<std::int64_t> batch_size :
         {std::optional<std::int64_t>{}, std::optional<std::int64_t>{1},
          std::optional<std::int64_t>{10}, std::optional<std::int64_t>{5000}}) {
      for (const double budget : {0.0, 10.0}) {
        SCOPED_TRACE(::testing::Message() << "ranks " << ranks << ", batch "
                                          << batch_size.value_or(0) << ", budget " << budget);
        Options o;
        o.ranks = ranks;
        o.batch = batch_size;
        o.sample_budget = Seconds(budget);
        CallCount calls(n);
        Log log;
        const Report report = batch(
            MPI_COMM_WORLD, items,
            [&](double x, std::int64_t index) {
              calls.add(index);
              return rough(x);
            },
            log, o);
        EXPECT_TRUE(log.in_order);
        EXPECT_EQ(log.results, plain_loop(items, rough));
        EXPECT_EQ(calls.fewest_and_most(), exactly_once);
        EXPECT_EQ(report.plan.pattern.kind, PatternKind::batch);
        if (batch_size) {
          EXPECT_EQ(report.plan.pattern.batch, batch_size);
        }
      }
    }
  }
}

TEST(Batch, HoldsTwoBatchesAtMost) {
  Options o = on_all_ranks();
  o.batch = 50;
  o.sample_budget = Seconds(0);
  o.max_memory = Bytes(1 << 20);
  Log log;
  const Report report = batch(MPI_COMM_WORLD, numbers_at_root(5000), rough, log, o);
  ASSERT_TRUE(report.measured.flow);
  EXPECT_LE(report.measured.flow->most_held, 100 + size_of());
  // But for those of the sampled items.
  std::size_t whole = 0;
  for (const std::size_t size : log.sizes) whole += size == 50 ? 1 : 0;
  if (is_root()) {
    EXPECT_GE(whole, 90U);
  }
}

TEST(Batch, OfASlowSourceOfUnknownLengthIsWhole) {
  constexpr std::int64_t n = 100;
  for (const int ranks : {1, size_of()}) {
    SCOPED_TRACE(ranks);
    Options o;
    o.ranks = ranks;
    std::int64_t pulled = 0;
    const auto source = [&]() -> std::optional<double> {
      if (pulled == n) return std::nullopt;
      polite_sleep(Seconds(1e-3));
      return static_cast<double>(pulled++);
    };
    Log log;
    const Report report = batch(MPI_COMM_WORLD, source, rough, log, o);
    EXPECT_EQ(log.results, plain_loop(numbers_at_root(n), rough));
    EXPECT_EQ(report.measured.flow->delivered, n);
  }
}

TEST(Batch, OfFewerItemsThanRanksIsWhole) {
  for (std::int64_t n = 0; n <= size_of(); ++n) {
    SCOPED_TRACE(n);
    std::int64_t pulled = 0;
    const auto source = [&]() -> std::optional<double> {
      if (pulled == n) return std::nullopt;
      return static_cast<double>(pulled++);
    };
    Log log;
    (void)batch(MPI_COMM_WORLD, source, rough, log);
    EXPECT_EQ(log.results, plain_loop(numbers_at_root(n), rough));
  }
}

TEST(Batch, TakesBools) {
  std::vector<char> results;
  (void)batch(
      MPI_COMM_WORLD, numbers_at_root(100), [](double x) { return x > 49; },
      [&](std::int64_t, std::span<bool> part) {
        results.insert(results.end(), part.begin(), part.end());
      },
      on_all_ranks());
  if (!is_root()) return;
  ASSERT_EQ(results.size(), 100U);
  EXPECT_EQ(std::count(results.begin(), results.end(), 1), 50);
  EXPECT_EQ(results[49], 0);
  EXPECT_EQ(results[50], 1);
}

TEST(Batch, ResultsLargerThanTheirCapAreStillDelivered) {
  Options o = on_all_ranks();
  o.max_memory = Bytes(1 << 20);
  std::int64_t seen = 0;
  std::size_t most = 0;
  (void)batch(
      MPI_COMM_WORLD, numbers_at_root(400), [](double x) { return std::vector<double>(1000, x); },
      [&](std::int64_t first, std::span<std::vector<double>> part) {
        for (std::size_t i = 0; i < part.size(); ++i) {
          EXPECT_EQ(part[i],
                    std::vector<double>(1000, static_cast<double>(first) + static_cast<double>(i)));
        }
        seen += static_cast<std::int64_t>(part.size());
        most = std::max(most, part.size());
      },
      o);
  if (is_root()) {
    EXPECT_EQ(seen, 400);
  }
  EXPECT_LE(most * 8000, std::size_t{1} << 20U);
}

}  // namespace
}  // namespace mpisize
