#include "mpisize/model/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace mpisize {
namespace {

using Sizes = std::vector<std::int64_t>;

constexpr Schedule all_schedules[] = {Schedule::static_block, Schedule::dynamic, Schedule::guided,
                                      Schedule::factoring, Schedule::fixed_size};

Sizes chunks(Schedule schedule, std::int64_t items, int computing, std::int64_t chunk = 1) {
  ChunkSequence sequence(schedule, items, computing, chunk);
  Sizes sizes;
  while (const std::int64_t size = sequence.next()) sizes.push_back(size);
  return sizes;
}

TEST(ChunkSequence, GuidedIsThePublishedExample) {
  // Polychronopoulos and Kuck 1987, table: 100 iterations, 4 processors.
  EXPECT_EQ(chunks(Schedule::guided, 100, 4),
            (Sizes{25, 19, 14, 11, 8, 6, 5, 3, 3, 2, 1, 1, 1, 1}));
}

TEST(ChunkSequence, FactoringIsThePublishedExample) {
  // Hummel, Schonberg and Flynn 1992: 100 iterations, 4 processors.
  EXPECT_EQ(chunks(Schedule::factoring, 100, 4),
            (Sizes{13, 13, 13, 13, 6, 6, 6, 6, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1}));
}

TEST(ChunkSequence, StaticBlocksDifferByAtMostOneItem) {
  EXPECT_EQ(chunks(Schedule::static_block, 10, 4), (Sizes{3, 3, 2, 2}));
  EXPECT_EQ(chunks(Schedule::static_block, 3, 8), (Sizes{1, 1, 1}));
  for (std::int64_t items = 1; items < 200; items += 7) {
    for (const int ranks : {1, 2, 3, 7, 16}) {
      const Sizes sizes = chunks(Schedule::static_block, items, ranks);
      EXPECT_LE(sizes.front() - sizes.back(), 1) << items << " over " << ranks;
      EXPECT_LE(sizes.size(), static_cast<std::size_t>(ranks));
    }
  }
}

TEST(ChunkSequence, DynamicHasEqualChunksAndARest) {
  EXPECT_EQ(chunks(Schedule::dynamic, 10, 3, 4), (Sizes{4, 4, 2}));
  EXPECT_EQ(chunks(Schedule::fixed_size, 10, 3, 4), (Sizes{4, 4, 2}));
}

TEST(ChunkSequence, ChunkIsTheSmallestOfGuidedAndFactoringButForTheRest) {
  for (const Schedule schedule : {Schedule::guided, Schedule::factoring}) {
    Sizes sizes = chunks(schedule, 1000, 4, 7);
    sizes.pop_back();
    EXPECT_EQ(*std::min_element(sizes.begin(), sizes.end()), 7) << name_of(schedule);
  }
}

TEST(ChunkSequence, HandsOutEveryItemOnceAndThenNothing) {
  for (const Schedule schedule : all_schedules) {
    for (const std::int64_t items : {0, 1, 2, 3, 63, 64, 65, 1000}) {
      for (const int ranks : {1, 2, 5, 64}) {
        for (const std::int64_t chunk : {1, 3, 2000}) {
          ChunkSequence sequence(schedule, items, ranks, chunk);
          std::int64_t sum = 0;
          for (int i = 0; i < 1100; ++i) {
            EXPECT_EQ(sequence.left(), items - sum);
            sum += sequence.next();
          }
          EXPECT_EQ(sum, items) << name_of(schedule) << ' ' << ranks << ' ' << chunk;
          EXPECT_EQ(sequence.next(), 0);
        }
      }
    }
  }
}

TEST(ChunkSequence, NeverGrows) {
  for (const Schedule schedule : all_schedules) {
    const Sizes sizes = chunks(schedule, 12345, 13, 3);
    EXPECT_TRUE(std::is_sorted(sizes.rbegin(), sizes.rend())) << name_of(schedule);
  }
}

TEST(ChunkSequence, RefusesWhatCannotBeScheduled) {
  EXPECT_THROW(ChunkSequence(Schedule::dynamic, -1, 1, 1), std::invalid_argument);
  EXPECT_THROW(ChunkSequence(Schedule::dynamic, 1, 0, 1), std::invalid_argument);
  EXPECT_THROW(ChunkSequence(Schedule::dynamic, 1, 1, 0), std::invalid_argument);
}

TEST(ChunkCount, IsWhatCountingGives) {
  for (const Schedule schedule : all_schedules) {
    for (const std::int64_t items : {0, 1, 2, 17, 64, 999, 100000}) {
      for (const int ranks : {1, 2, 3, 8, 63}) {
        for (const std::int64_t chunk : {1, 2, 10, 5000}) {
          const auto counted =
              static_cast<std::int64_t>(chunks(schedule, items, ranks, chunk).size());
          const std::int64_t closed = chunk_count(schedule, items, ranks, chunk);
          if (schedule == Schedule::guided) {
            // Closed form beyond 64 chunks.
            EXPECT_NEAR(static_cast<double>(closed), static_cast<double>(counted),
                        0.1 * static_cast<double>(counted))
                << items << " guided over " << ranks << " from " << chunk;
          } else {
            EXPECT_EQ(closed, counted)
                << items << ' ' << name_of(schedule) << " over " << ranks << " in " << chunk;
          }
        }
      }
    }
  }
}

TEST(ChunkCount, KnowsATrillionItemsOnAMillionRanks) {
  constexpr std::int64_t trillion = 1'000'000'000'000;
  constexpr int million = 1'000'000;
  EXPECT_EQ(chunk_count(Schedule::static_block, trillion, million, 1), million);
  EXPECT_EQ(chunk_count(Schedule::dynamic, trillion, million, 1000), 1'000'000'000);
  EXPECT_EQ(chunk_count(Schedule::dynamic, trillion + 1, million, 1000), 1'000'000'001);
  // P ln(N / P) chunks until one item each, then P of them; GSS rounds up, so somewhat fewer.
  const auto guided = static_cast<double>(chunk_count(Schedule::guided, trillion, million, 1));
  EXPECT_NEAR(guided, million * (std::log(1e6) + 1), 0.1 * guided);
  // log2(N / P) batches of P.
  EXPECT_NEAR(static_cast<double>(chunk_count(Schedule::factoring, trillion, million, 1)),
              million * std::log2(1e6), 2.0 * million);
}

TEST(FixedSizeChunk, IsTheFormulaOfKruskalAndWeiss) {
  // (sqrt(2) 10000 1e-4 / (1e-3 16 sqrt(ln 16)))^(2/3) = 14.1: rounded down.
  const double c =
      std::pow(std::sqrt(2.0) * 1e4 * 1e-4 / (1e-3 * 16 * std::sqrt(std::log(16.0))), 2.0 / 3);
  EXPECT_EQ(fixed_size_chunk(10000, 16, Seconds(1e-4), Seconds(1e-3)),
            static_cast<std::int64_t>(c));
}

TEST(FixedSizeChunk, IsAnEvenShareWhereTheFormulaHasNoValue) {
  EXPECT_EQ(fixed_size_chunk(100, 1, Seconds(1e-6), Seconds(1)), 100);
  EXPECT_EQ(fixed_size_chunk(100, 8, Seconds(1e-6), Seconds(0)), 13);
  EXPECT_EQ(fixed_size_chunk(100, 8, Seconds(0), Seconds(1)), 13);
}

TEST(FixedSizeChunk, LiesBetweenOneItemAndAnEvenShare) {
  EXPECT_EQ(fixed_size_chunk(100, 8, Seconds(1e-9), Seconds(10)), 1);
  EXPECT_EQ(fixed_size_chunk(100, 8, Seconds(10), Seconds(1e-9)), 13);
  EXPECT_EQ(fixed_size_chunk(1, 1000, Seconds(1), Seconds(1)), 1);
  EXPECT_THROW((void)fixed_size_chunk(0, 1, Seconds(1), Seconds(1)), std::invalid_argument);
}

TEST(FixedSizeChunk, ShrinksWithSpreadAndGrowsWithTheCostOfAChunk) {
  std::int64_t last = 0;
  for (const double h : {1e-7, 1e-6, 3e-6, 1e-5, 1e-4, 1e-3, 1e-2}) {
    const std::int64_t c = fixed_size_chunk(100000, 8, Seconds(h), Seconds(1e-3));
    EXPECT_GE(c, last);
    last = c;
  }
  last = 100000;
  for (const double sigma : {1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 1e-2, 1.0}) {
    const std::int64_t c = fixed_size_chunk(100000, 8, Seconds(1e-4), Seconds(sigma));
    EXPECT_LE(c, last);
    last = c;
  }
}

TEST(ScheduleName, ReadsBackAndNothingElseDoes) {
  for (const Schedule schedule : all_schedules)
    EXPECT_EQ(schedule_named(name_of(schedule)), schedule);
  EXPECT_EQ(schedule_named("dinamic"), std::nullopt);
  EXPECT_EQ(schedule_named(""), std::nullopt);
}

}  // namespace
}  // namespace mpisize
