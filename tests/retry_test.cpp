#include "mpisize/model/retry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace mpisize {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Backoff, LiesBetweenHalfAndAllOfTheDoubledWait) {
  const RetryPolicy policy;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (int attempt = 1; attempt <= 12; ++attempt) {
      const double whole = std::min(1.0, 10e-3 * std::pow(2, attempt - 1));
      const double wait = backoff(policy, attempt, seed).value();
      EXPECT_GE(wait, whole / 2);
      EXPECT_LT(wait, whole);
    }
  }
}

TEST(Backoff, IsSpreadEvenly) {
  double sum = 0;
  double least = 1;
  double most = 0;
  constexpr int seeds = 10'000;
  for (int seed = 0; seed < seeds; ++seed) {
    const double wait = backoff({}, 1, static_cast<std::uint64_t>(seed)).value();
    sum += wait;
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_NEAR(sum / seeds, 7.5e-3, 0.1e-3);
  EXPECT_NEAR(least, 5e-3, 0.01e-3);
  EXPECT_NEAR(most, 10e-3, 0.01e-3);
}

TEST(Backoff, IsTheSameForTheSameSeedAndAnotherForOthers) {
  std::set<double> relative;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (int attempt = 1; attempt <= 5; ++attempt) {
      EXPECT_EQ(backoff({}, attempt, seed), backoff({}, attempt, seed));
      relative.insert(backoff({}, attempt, seed) / Seconds(std::ldexp(10e-3, attempt - 1)));
    }
  }
  EXPECT_EQ(relative.size(), 250U);
}

TEST(Backoff, ManyAttemptsWaitTheLongestWait) {
  EXPECT_GE(backoff({}, std::numeric_limits<int>::max(), 1), Seconds(0.5));
  EXPECT_LT(backoff({}, std::numeric_limits<int>::max(), 1), Seconds(1));
  EXPECT_LT(backoff({3, Seconds(60), Seconds(2)}, 1, 1), Seconds(2));
}

TEST(Backoff, WithoutAWaitThereIsNone) {
  EXPECT_EQ(backoff({3, Seconds(0), Seconds(1)}, 7, 1), Seconds(0));
  EXPECT_EQ(backoff({3, Seconds(1), Seconds(0)}, 7, 1), Seconds(0));
}

TEST(Backoff, BadValuesAreRefused) {
  EXPECT_THROW(static_cast<void>(backoff({}, 0, 1)), std::invalid_argument);
  for (const double bad : {-1.0, infinity, std::nan("")}) {
    EXPECT_THROW(static_cast<void>(backoff({1, Seconds(bad), Seconds(1)}, 1, 1)),
                 std::invalid_argument);
    EXPECT_THROW(static_cast<void>(backoff({1, Seconds(1), Seconds(bad)}, 1, 1)),
                 std::invalid_argument);
  }
}

}  // namespace
}  // namespace mpisize
