// Chunks of a dataset are those of the ranks that write it, or parts of them.
#include "mpisize/model/chunk_shape.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

TEST(ChunkShape, WhatIsWrittenAtATimeIsAChunkOrEqualPartsNearAMegabyte) {
  EXPECT_EQ(advise_chunks({100000, Bytes(1024), 64, false}).rows, 64);
  for (const std::int64_t message : {2048, 3000, 4096, 10000}) {
    const auto rows = advise_chunks({1 << 20, Bytes(1024), message, false}).rows;
    ASSERT_TRUE(rows);
    EXPECT_EQ(message % *rows, 0) << "a chunk has two writers";
    EXPECT_LE(*rows, 1024);
    EXPECT_GT(*rows, 256);
  }
}

TEST(ChunkShape, TinyWritesNeedNoChunks) {
  const ChunkShape shape = advise_chunks({100000, Bytes(8), 1, false});
  EXPECT_FALSE(shape.rows);
  EXPECT_EQ(shape.reasons.size(), 1U);
}

TEST(ChunkShape, CompressionAlwaysHasChunksWorthCompressing) {
  const auto rows = advise_chunks({100000, Bytes(8), 1, true}).rows;
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows * 8, 256 * 1024);
  EXPECT_EQ(advise_chunks({10, Bytes(8), 1, true}).rows, 10) << "never more than there are";
}

TEST(ChunkShape, AReadThatIsAlignedReadsNothingTwice) {
  EXPECT_DOUBLE_EQ(read_amplification(16, 16, false), 1);
  EXPECT_DOUBLE_EQ(read_amplification(16, 64, false), 1);
  EXPECT_DOUBLE_EQ(read_amplification(64, 16, true), 1);
  EXPECT_DOUBLE_EQ(read_amplification(64, 16, false), 4);
  EXPECT_GT(read_amplification(100, 64, true), 1.5);
}

}  // namespace
}  // namespace mpisize
