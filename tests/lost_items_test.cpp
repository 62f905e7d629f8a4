// Items that fail are tried again; those that keep failing go without a result, and the rest goes
// on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
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
