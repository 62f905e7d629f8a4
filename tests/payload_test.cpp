// Messages of every length: inside a frame, just not inside any more, beyond each eager limit.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mpisize/mpi/frame.hpp"
#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// A text whose every byte depends on its place and on the item.
std::string text_of(std::int64_t item, std::int64_t length) {
  std::string text(static_cast<std::size_t>(length), '\0');
  std::uint32_t x = static_cast<std::uint32_t>(item) * 2654435761U + 1;
  for (char& c : text) {
    x = x * 1664525U + 1013904223U;
    c = static_cast<char>(x >> 24U);
  }
  return text;
}

/// Items of `in` bytes, results of `out` bytes, `chunk` items in a message with `queued` at a
/// worker.
void expect_carried(std::int64_t in, std::int64_t out, std::int64_t n, std::int64_t chunk,
                    int queued) {
  SCOPED_TRACE(std::to_string(in) + " bytes in, " + std::to_string(out) + " out, chunks of " +
               std::to_string(chunk) + ", queued " + std::to_string(queued));
  std::vector<std::string> items;
  for (std::int64_t i = 0; is_root() && i < n; ++i) items.push_back(text_of(i, in));
  Options options = on_all_ranks();
  options.chunk = chunk;
  options.queued = queued;
  const auto outcome = map(
      MPI_COMM_WORLD, items,
      [&](const std::string& text, std::int64_t i) {
        return text == text_of(i, in) ? text_of(i + 1000, out) : std::string("damaged on the way");
      },
      options);
  for (std::size_t i = 0; i < outcome.results.size(); ++i) {
    EXPECT_TRUE(outcome.results[i] == text_of(static_cast<std::int64_t>(i) + 1000, out))
        << "item " << i;
  }
}

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;

TEST(Payload, AroundTheLengthOfAFrame) {
  const auto frame = static_cast<std::int64_t>(frame_bytes);
  for (std::int64_t length = frame - 120; length <= frame + 20; length += 4) {
    expect_carried(length, 1, 36, 1, 4);
    expect_carried(1, length, 36, 1, 4);
  }
}

TEST(Payload, AroundTheEagerLimits) {
  for (const std::int64_t limit : {4 * kib, 32 * kib, 64 * kib}) {
    for (const std::int64_t length : {limit - 64, limit - 1, limit, limit + 1}) {
      expect_carried(length, length, 36, 1, 8);
    }
  }
}

TEST(Payload, LongMessagesWithManyQueued) {
  // Blocking sends with two under way would hang here.
  expect_carried(64 * kib, 64 * kib, 80, 1, 32);
  expect_carried(8 * kib, 8 * kib, 200, 4, 32);
  expect_carried(mib, mib, 34, 1, 4);
}

TEST(Payload, LongChunksOfShortItems) {
  for (const std::int64_t chunk : {60, 61, 62, 63, 64, 65, 500, 5000}) {
    expect_carried(50, 50, 6000, chunk, 3);
  }
}

/// 64 bytes, raw.
struct Block {
  std::array<std::int64_t, 8> values{};
  friend bool operator==(const Block&, const Block&) = default;
};

Block block_of(std::int64_t i) {
  Block block;
  for (std::size_t k = 0; k < block.values.size(); ++k) {
    block.values[k] = i * 31 + static_cast<std::int64_t>(k);
  }
  return block;
}

TEST(Payload, RawChunksOfAnyLengthArriveWhereTheyBelong) {
  constexpr std::int64_t n = 20'000;
  std::vector<Block> items;
  for (std::int64_t i = 0; is_root() && i < n; ++i) items.push_back(block_of(i));
  for (const std::int64_t chunk : {1, 60, 61, 62, 63, 1000, 9000}) {
    SCOPED_TRACE(chunk);
    Options options = on_all_ranks();
    options.chunk = chunk;
    const auto outcome = map(
        MPI_COMM_WORLD, items,
        [](const Block& block, std::int64_t i) {
          return block == block_of(i) ? block_of(i + 1) : Block{};
        },
        options);
    std::int64_t wrong = 0;
    for (std::size_t i = 0; i < outcome.results.size(); ++i) {
      if (!(outcome.results[i] == block_of(static_cast<std::int64_t>(i) + 1))) ++wrong;
    }
    EXPECT_EQ(wrong, 0);
  }
}

}  // namespace
}  // namespace mpisize
