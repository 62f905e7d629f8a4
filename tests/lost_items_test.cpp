// Items that fail are tried again; those that keep failing go without a result, and the rest goes
// on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

#include "mpisize/mpisize.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// Every item of `bad` fails at its first `times` calls on a rank.
struct Fragile {
  std::set<std::int64_t> bad;
  int times = 1 << 30;
  std::map<std::int64_t, int> calls{};
  double operator()(double x, std::int64_t index) {
    if (bad.count(index) > 0 && calls[index]++ < times) {
      throw std::runtime_error("item of number " + std::to_string(index) + " is bad");
    }
    return rough(x);
  }
};

const std::set<std::int64_t> some{0, 17, 18, 99, 250, 299};

Options patient(int retries) {
  Options o = on_all_ranks();
  o.retries = retries;
  o.retry_wait = Seconds(1e-4);
  return o;
}

TEST(LostItems, AnItemThatFailsTwiceSucceedsAtItsThirdTry) {
  Fragile kernel{some, 2};
  const auto [results, report] = map(MPI_COMM_WORLD, numbers_at_root(300), kernel, patient(2));
  EXPECT_EQ(results, plain_loop(numbers_at_root(300), rough));
  EXPECT_TRUE(report.measured.lost.empty());
}

TEST(LostItems, WithoutEnoughRetriesTheCallFails) {
  Fragile kernel{some, 2};
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(300), kernel, patient(1)), KernelError);
  const auto again = map(MPI_COMM_WORLD, numbers_at_root(10), rough, on_all_ranks());
  EXPECT_EQ(again.results, plain_loop(numbers_at_root(10), rough));
}

void expect_lost(const Report& report, int tries) {
  std::set<std::int64_t> lost;
  for (const DeadLetter& item : report.measured.lost) {
    lost.insert(item.index);
    EXPECT_EQ(item.tries, tries);
    EXPECT_EQ(item.message, "item of number " + std::to_string(item.index) + " is bad");
    EXPECT_FALSE(item.host.empty());
    EXPECT_LT(item.rank, size_of());
  }
  EXPECT_EQ(lost, some);
  EXPECT_EQ(report.measured.lost.size(), some.size()) << "an item was lost twice";
}

TEST(LostItems, AMapLeavesTheirResultsEmptyAndNamesThem) {
  Options o = patient(1);
  o.max_fails = 6;
  const auto [results, report] = map(MPI_COMM_WORLD, numbers_at_root(300), Fragile{some}, o);
  expect_lost(report, 2);
  if (!is_root()) return;
  for (std::int64_t i = 0; i < 300; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)],
              some.count(i) > 0 ? 0.0 : rough(static_cast<double>(i)));
  }
}

TEST(LostItems, OneMoreThanAllowedEndsTheCall) {
  Options o = patient(0);
  o.max_fails = 5;
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(300), Fragile{some}, o), KernelError);
}

TEST(LostItems, AStreamPassesThemOver) {
  for (const bool ordered : {true, false}) {
    Options o = patient(1);
    o.max_fails = 100;
    o.ordered = ordered;
    o.window = 30;
    std::set<std::int64_t> seen;
    const Report report = stream(
        MPI_COMM_WORLD, numbers_at_root(300), Fragile{some},
        [&](std::int64_t index, double r) {
          EXPECT_TRUE(seen.insert(index).second);
          EXPECT_EQ(r, rough(static_cast<double>(index)));
        },
        o);
    expect_lost(report, 2);
    if (is_root()) {
      EXPECT_EQ(seen.size(), 294U);
    }
    for (const std::int64_t bad : some) {
      EXPECT_EQ(seen.count(bad), 0U);
    }
    EXPECT_EQ(report.measured.flow->delivered, 300);
  }
}

TEST(LostItems, ABatchIsSplitAroundThem) {
  Options o = patient(0);
  o.max_fails = 100;
  o.batch = 100;
  std::set<std::int64_t> seen;
  const Report report = batch(
      MPI_COMM_WORLD, numbers_at_root(300), Fragile{some},
      [&](std::int64_t first, std::span<double> part) {
        for (const double r : part) {
          EXPECT_TRUE(seen.insert(first).second);
          EXPECT_EQ(r, rough(static_cast<double>(first)));
          ++first;
        }
      },
      o);
  expect_lost(report, 1);
  if (is_root()) {
    EXPECT_EQ(seen.size(), 294U);
  }
  for (const std::int64_t bad : some) {
    EXPECT_EQ(seen.count(bad), 0U);
  }
}

TEST(LostItems, OneMoreThanAllowedNeverReachesTheSink) {
  for (const int ranks : {1, size_of()}) {
    for (const std::int64_t window : {1, 30}) {
      SCOPED_TRACE(::testing::Message() << "ranks " << ranks << ", window " << window);
      Options o;
      o.ranks = ranks;
      o.max_fails = 3;
      o.window = window;
      const auto sink = [](std::int64_t index, double r) {
        EXPECT_EQ(some.count(index), 0U) << "item " << index << " has no result";
        EXPECT_EQ(r, rough(static_cast<double>(index)));
      };
      try {
        (void)stream(MPI_COMM_WORLD, numbers_at_root(300), Fragile{some}, sink, o);
        ADD_FAILURE() << "nothing was thrown";
      } catch (const KernelError& error) {
        EXPECT_EQ(some.count(error.item()), 1U) << error.what();
      }
      o.window.reset();
      o.batch = window;
      const auto sink_of_batches = [&](std::int64_t first, std::span<double> part) {
        for (const double r : part) sink(first++, r);
      };
      EXPECT_THROW(
          (void)batch(MPI_COMM_WORLD, numbers_at_root(300), Fragile{some}, sink_of_batches, o),
          KernelError);
    }
  }
}

TEST(LostItems, TheRootTellsWhatTheOneTooManyThrew) {
  Options o;
  o.ranks = 1;
  o.max_fails = 1;
  try {
    (void)map(MPI_COMM_WORLD, numbers_at_root(300), Fragile{some}, o);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const KernelError& error) {
    if (is_root()) {
      EXPECT_THROW(std::rethrow_if_nested(error), std::runtime_error);
    }
  }
}

TEST(LostItems, TheFirstItemMayBeOfAnyTypeAndTheOnlyOne) {
  for (const std::int64_t n : {1, 50}) {
    for (const int ranks : {1, size_of()}) {
      SCOPED_TRACE(::testing::Message() << n << " items, ranks " << ranks);
      Options o;
      o.ranks = ranks;
      o.max_fails = 1;
      const auto kernel = [](double x) {
        if (x == 0) throw std::runtime_error("bad");
        return std::vector<double>(3, x);
      };
      std::int64_t pulled = 0;
      const auto source = [&]() -> std::optional<double> {
        if (pulled == n) return std::nullopt;
        return static_cast<double>(pulled++);
      };
      std::int64_t seen = 0;
      const Report report = stream(
          MPI_COMM_WORLD, source, kernel,
          [&](std::int64_t index, const std::vector<double>& r) {
            EXPECT_EQ(r, std::vector<double>(3, static_cast<double>(index)));
            ++seen;
          },
          o);
      EXPECT_EQ(report.measured.lost.size(), 1U);
      EXPECT_EQ(seen, is_root() ? n - 1 : 0);
    }
  }
}

TEST(LostItems, ASourceThatThrowsEndsTheCallAndNamesTheItem) {
  int pulled = 0;
  const auto source = [&]() -> std::optional<double> {
    if (++pulled > 50) throw std::runtime_error("the disk is gone");
    return 1.0;
  };
  try {
    (void)stream(
        MPI_COMM_WORLD, source, rough, [](std::int64_t, double) {}, on_all_ranks());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const KernelError& error) {
    EXPECT_EQ(error.item(), 50);
    EXPECT_EQ(error.rank(), 0);
    EXPECT_NE(std::string(error.what()).find("the disk is gone"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace mpisize
