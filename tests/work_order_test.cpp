#include "mpisize/mpi/work_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace mpisize {
namespace {

using Runs = std::vector<Run>;
using Items = std::vector<std::int64_t>;

Runs runs_of(const WorkOrder& order, Run positions) {
  Runs runs;
  order.indices(positions, runs);
  return runs;
}

Items items_of(const Runs& runs) {
  Items items;
  for (const auto& run : runs) {
    for (std::int64_t i = 0; i < run.count; ++i) items.push_back(run.first + i);
  }
  return items;
}

/// The item at every position.
Items order_of(const WorkOrder& order) { return items_of(runs_of(order, {0, order.items()})); }

Chunk taken(WorkSupply& supply, std::int64_t count) {
  Chunk chunk;
  supply.take(count, chunk);
  return chunk;
}

std::vector<std::int64_t> first_to_last(std::int64_t n) {
  std::vector<std::int64_t> items(static_cast<std::size_t>(n));
  std::iota(items.begin(), items.end(), std::int64_t{0});
  return items;
}

TEST(WorkOrder, ItemsOfOneSizeKeepTheirOrder) {
  EXPECT_EQ(order_of(WorkOrder(5, {})), first_to_last(5));
  EXPECT_EQ(order_of(WorkOrder(3, {8, 8, 8})), first_to_last(3));
  EXPECT_TRUE(WorkOrder(3, {8, 8, 8}).size_sums().empty());
}

TEST(WorkOrder, ItemsOfOneSizeAreOneRun) {
  const Runs runs = runs_of(WorkOrder(100, {}), {10, 70});
  EXPECT_EQ(runs, (Runs{{10, 70}}));
}

TEST(WorkOrder, LargestComeFirstAndEqualOnesInTheirOrder) {
  EXPECT_EQ(order_of(WorkOrder(5, {1, 9, 4, 9, 1})), (std::vector<std::int64_t>{1, 3, 2, 0, 4}));
}

TEST(WorkOrder, NoItemsIsNoWork) {
  EXPECT_TRUE(order_of(WorkOrder(0, {})).empty());
  const WorkOrder order(0, {});
  WorkSupply supply(order, {});
  EXPECT_EQ(supply.left(), 0);
  EXPECT_EQ(taken(supply, 3).items, 0);
}

TEST(WorkOrder, SumsAreThoseOfTheLargestItems) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < 3000; ++i) sizes.push_back(i * 7919 % 1009);
  const WorkOrder order(3000, sizes);
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  ASSERT_FALSE(order.size_sums().empty());
  std::int64_t before = 0;
  for (const SizeSum& sum : order.size_sums()) {
    EXPECT_GT(sum.items, before);
    // Fine enough to read between: no step of more than a sixteenth.
    EXPECT_LE(sum.items, before < 64 ? before + 1 : before + before / 16);
    EXPECT_EQ(sum.bytes.value(),
              std::accumulate(sizes.begin(), sizes.begin() + sum.items, std::int64_t{0}));
    before = sum.items;
  }
  EXPECT_EQ(before, 3000);
}

TEST(WorkSupply, HandsOutEachItemOnceExceptThoseTaken) {
  const std::vector<std::int64_t> sizes{3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
  for (const auto& order : {WorkOrder(10, {}), WorkOrder(10, sizes)}) {
    // Positions 0, 4 and 5 were sampled.
    WorkSupply supply(order, {{4, 2}, {0, 1}});
    std::vector<std::int64_t> expected = order_of(order);
    expected.erase(expected.begin() + 4, expected.begin() + 6);
    expected.erase(expected.begin());
    EXPECT_EQ(supply.left(), 7);
    std::vector<std::int64_t> given;
    Chunk chunk;
    for (supply.take(3, chunk); chunk.items > 0; supply.take(3, chunk)) {
      const Items items = items_of(chunk.runs);
      EXPECT_EQ(static_cast<std::int64_t>(items.size()), chunk.items);
      given.insert(given.end(), items.begin(), items.end());
    }
    EXPECT_EQ(given, expected);
    EXPECT_EQ(supply.left(), 0);
  }
}

TEST(WorkSupply, ChunkTellsItsPlaceInTheOrder) {
  const WorkOrder order(10, {});
  WorkSupply supply(order, {{0, 2}});
  EXPECT_EQ(taken(supply, 3).position, 2);
  EXPECT_EQ(taken(supply, 3).position, 5);
}

TEST(WorkSupply, LastChunkIsWhatIsLeft) {
  const WorkOrder order(10, {});
  WorkSupply supply(order, {});
  EXPECT_EQ(taken(supply, 7).items, 7);
  EXPECT_EQ(taken(supply, 7).items, 3);
  EXPECT_EQ(taken(supply, 7).items, 0);
}

}  // namespace
}  // namespace mpisize
