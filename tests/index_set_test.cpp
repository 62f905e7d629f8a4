#include "mpisize/measure/index_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mpisize {
namespace {

TEST(IndexSet, NeighboursBecomeOneRange) {
  IndexSet set;
  EXPECT_TRUE(set.insert(10, 5));
  EXPECT_TRUE(set.insert(20, 5));
  EXPECT_EQ(set.ranges(), 2U);
  EXPECT_TRUE(set.insert(15, 5));
  EXPECT_EQ(set.ranges(), 1U);
  EXPECT_TRUE(set.insert(9, 1));
  EXPECT_TRUE(set.insert(25, 1));
  EXPECT_EQ(set.ranges(), 1U);
}

TEST(IndexSet, AgreesWithASetOfSingleIndices) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 200; ++trial) {
    IndexSet set;
    std::set<std::int64_t> oracle;
    for (int i = 0; i < 60; ++i) {
      const auto first = static_cast<std::int64_t>(random() % 100);
      const auto count = static_cast<std::int64_t>(random() % 5 + 1);
      bool fits = true;
      for (auto k = first; k < first + count; ++k) fits = fits && !oracle.contains(k);
      ASSERT_EQ(set.insert(first, count), fits);
      for (auto k = first; fits && k < first + count; ++k) oracle.insert(k);
      for (std::int64_t k = 0; k < 106; ++k) ASSERT_EQ(set.contains(k), oracle.contains(k));
    }
  }
}

}  // namespace
}  // namespace mpisize
