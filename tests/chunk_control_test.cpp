// Chunks keep their planned seconds, rank by rank, and change only for a reason.
#include "mpisize/model/chunk_control.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

constexpr Seconds millisecond{1e-3};

TEST(ChunkControl, NothingChangesWhileItemsTakeWhatWasPlanned) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    const double sigma = std::sqrt(std::log(2.0));  // CV 1.
    ChunkControl control(4, millisecond, 3, true);
    for (int i = 0; i < 500; ++i) {
      double busy = 0;
      for (int item = 0; item < 4; ++item) {
        busy += 1e-3 * std::exp(sigma * random.normal() - sigma * sigma / 2);
      }
      control.done(i % 3, 4, Seconds(busy));
    }
    EXPECT_LE(control.changes(), 3) << "seed " << seed;
    EXPECT_NEAR(control.share(1), 1.0 / 3, 0.12) << "seed " << seed;
  }
}

TEST(ChunkControl, ItemsFourTimesAsLongGetChunksAQuarterAsLarge) {
  ChunkControl control(64, millisecond, 2, true);
  for (int i = 0; i < 100; ++i)
    control.done(1, control.next(1), 4.0 * millisecond * static_cast<double>(control.next(1)));
  EXPECT_NEAR(static_cast<double>(control.next(1)), 16, 4);
  EXPECT_EQ(control.next(0), 64) << "the other rank is as fast as it was";
  EXPECT_NEAR(control.share(1) / control.share(0), 0.25, 0.06);
  ASSERT_FALSE(control.log().empty());
  EXPECT_EQ(control.log().front().rank, 1);
  EXPECT_EQ(control.log().front().chunk_before, 64);
}

TEST(ChunkControl, FasterItemsGetLargerChunksUpToTheBound) {
  ChunkControl control(8, millisecond, 2, true, 20);
  for (int i = 0; i < 100; ++i)
    control.done(1, control.next(1), 0.1 * millisecond * static_cast<double>(control.next(1)));
  EXPECT_EQ(control.next(1), 20);
}

TEST(ChunkControl, ChunksThatWereNotTimedCountWithTheNextOne) {
  ChunkControl timed(8, millisecond, 2, true);
  ChunkControl untimed(8, millisecond, 2, true);
  for (int i = 0; i < 40; ++i) {
    timed.done(1, 32, Seconds(0.128));
    for (int k = 0; k < 3; ++k) untimed.done(1, 8, Seconds(0));
    untimed.done(1, 8, Seconds(0.128));
  }
  EXPECT_EQ(timed.next(1), untimed.next(1));
}

TEST(ChunkControl, WithoutATimeNothingIsAdapted) {
  ChunkControl control(8, Seconds(0), 2, false);
  for (int i = 0; i < 100; ++i) control.done(1, 8, Seconds(1));
  EXPECT_EQ(control.next(1), 8);
  EXPECT_EQ(control.share(0), 0) << "the root does not compute";
  EXPECT_EQ(control.share(1), 1);
}

TEST(ChunkControl, ARankSlowedMidwayCostsLittle) {
  constexpr int ranks = 4;
  constexpr std::int64_t items = 4000;
  constexpr std::int64_t chunk = 8;
  ChunkControl control(chunk, millisecond, ranks, true);
  std::array<double, ranks> free_at{};
  std::int64_t left = items;
  const double half = 0.5 * items / ranks * 1e-3;
  while (left > 0) {
    const auto next = std::min_element(free_at.begin(), free_at.end());
    const auto rank = static_cast<int>(next - free_at.begin());
    const auto fair = static_cast<std::int64_t>(static_cast<double>(left) * control.share(rank));
    const std::int64_t n = std::clamp<std::int64_t>(std::min(control.next(rank), fair), 1, left);
    const double each = rank == 0 && *next > half ? 4e-3 : 1e-3;
    *next += each * static_cast<double>(n);
    control.done(rank, n, Seconds(each * static_cast<double>(n)));
    left -= n;
  }
  const double bound = half + (items / 2) * 1e-3 / (ranks - 1 + 0.25);
  EXPECT_LE(*std::max_element(free_at.begin(), free_at.end()), 1.15 * bound);
}

}  // namespace
}  // namespace mpisize
