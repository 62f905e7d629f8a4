// Which calls are timed, and what they stand for, without a clock: time is an argument.
#include "record.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mpisize::profile {
namespace {

using counters::Cell;
using counters::File;

class Record : public ::testing::Test {
 protected:
  Record() {
    mapped.store(file_.get());
    set_rates(1e-9);  // A tick is a nanosecond.
    next_refresh = ~std::uint64_t{0};
  }
  ~Record() override {
    mapped.store(nullptr);
    sampled_for.store(nullptr);
    several_threads = false;
    mine = {};
  }

  /// One call of so many ticks while only some are timed, at once after the one before.
  /// Whether it was timed.
  bool sampled_call(Cell& cell, std::uint64_t lasts) {
    const std::uint64_t n = count_call(cell, false);
    const std::uint64_t weight = sampled_weight(cell, n);
    const std::uint64_t begin = now_;
    now_ += lasts;
    if (weight != 0) record(mine, cell, n, weight, begin, now_, false);
    return weight != 0;
  }

  void sample() { sampled_for.store(&mine); }

  File& file() { return *file_; }
  Thread& mine = thread;

 private:
  std::unique_ptr<File> file_ = std::make_unique<File>();
  std::uint64_t now_ = 1'000'000'000;
};

TEST_F(Record, CellOfARoutineAndASizeIsMadeOnceAndNamed) {
  Routine routine{"MPI_Send", 7};
  Cell& four = cell_of(routine, 4);
  Cell& two = cell_of(routine, 2);
  EXPECT_NE(&four, &two);
  EXPECT_EQ(&cell_of(routine, 4), &four);
  EXPECT_EQ(&cell_of(routine, 2), &two);
  EXPECT_STREQ(four.name.data(), "MPI_Send");
  EXPECT_EQ(static_cast<std::uint32_t>(two.key), 2U);
}

TEST_F(Record, MoreSizesThanThereIsRoomForAreCountedTogether) {
  Routine routine{"MPI_Barrier", 3};
  constexpr int sizes = 2000;
  for (int size = 1; size <= sizes; ++size) count_call(cell_of(routine, size), false);
  std::uint64_t calls = file().other_cells.calls;
  EXPECT_GT(calls, 0U);
  for (const Cell& cell : file().cells) calls += cell.calls;
  EXPECT_EQ(calls, std::uint64_t{sizes});
}

TEST_F(Record, MessagesToMoreRanksThanThereIsRoomForAreCountedTogether) {
  constexpr int peers = 5000;
  for (int peer = 0; peer < peers; ++peer) {
    count_message(peer, 10);
    count_message(peer, 20);
  }
  count_message(-1, 5);
  std::uint64_t messages = file().other_peers.messages;
  std::uint64_t bytes = file().other_peers.bytes;
  EXPECT_GE(messages, 1 + 2 * (peers - counters::peer_count));
  for (const auto& peer : file().peers) {
    EXPECT_TRUE(peer.messages == 2 && peer.bytes == 30) << peer.key;
    messages += peer.messages;
    bytes += peer.bytes;
  }
  EXPECT_EQ(messages, std::uint64_t{2 * peers + 1});
  EXPECT_EQ(bytes, std::uint64_t{30 * peers + 5});
}

TEST_F(Record, EveryCallIsTimedBelowTheRate) {
  Routine routine{"MPI_Send", 7};
  Cell& cell = cell_of(routine, 2);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::uint64_t n = count_call(cell, false);
    const std::uint64_t weight = weight_of(mine, cell, n);
    ASSERT_EQ(weight, 1U);
    record(mine, cell, n, weight, 1000, 1000 + i, false);
  }
  EXPECT_EQ(cell.calls, 100U);
  EXPECT_EQ(cell.ticks, std::uint64_t{99 * 100 / 2});
}

TEST_F(Record, OneCallInSixtyFourIsTimedAboveTheRateAndStandsForAll) {
  Routine routine{"MPI_Test", 9};
  Cell& cell = cell_of(routine, 0);
  sample();
  constexpr int calls = 640'000;
  int timed = 0;
  for (int i = 0; i < calls; ++i) timed += sampled_call(cell, 100) ? 1 : 0;
  EXPECT_NEAR(timed, calls / 64, calls / 64 / 50);
  // What is not yet stood for is less than one stride.
  EXPECT_NEAR(static_cast<double>(cell.ticks), 100.0 * calls, 100.0 * 96);
}

TEST_F(Record, APatternThatRepeatsIsNotAlwaysMetAtTheSamePlace) {
  for (const int period : {2, 3, 4, 32, 64, 65, 128}) {
    Routine routine{"MPI_Send", static_cast<std::uint32_t>(100 + period)};
    Cell& cell = cell_of(routine, 8);
    sample();
    constexpr int calls = 200'000;
    double truth = 0;
    for (int i = 0; i < calls; ++i) {
      const std::uint64_t lasts = i % period == 0 ? 1000 : 100;
      truth += static_cast<double>(lasts);
      sampled_call(cell, lasts);
    }
    EXPECT_NEAR(static_cast<double>(cell.ticks) / truth, 1, 0.05) << period;
  }
}

TEST_F(Record, ARareCallAmongManyIsTimedEachTime) {
  Routine test{"MPI_Test", 9};
  Routine reduce{"MPI_Allreduce", 10};
  Cell& often = cell_of(test, 0);
  Cell& rare = cell_of(reduce, 8);
  sample();
  constexpr std::uint64_t lasts = 12'345;
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 1000; ++k) sampled_call(often, 100);  // 100 us: 1e4 a second.
    EXPECT_TRUE(sampled_call(rare, lasts)) << i;
  }
  EXPECT_EQ(rare.ticks, 100 * lasts);
}

TEST_F(Record, CallsThatBecomeSlowAreSoonTimedEachTime) {
  Routine routine{"MPI_Recv", 11};
  Cell& cell = cell_of(routine, 8);
  sample();
  for (int i = 0; i < 10'000; ++i) sampled_call(cell, 100);
  std::vector<bool> timed;
  for (int i = 0; i < 300; ++i) timed.push_back(sampled_call(cell, 1'000'000));
  // Within two strides at most.
  for (std::size_t i = 2 * 96; i < timed.size(); ++i) EXPECT_TRUE(timed[i]) << i;
}

TEST_F(Record, TimeOfOtherThreadsIsToldApart) {
  Routine routine{"MPI_Recv", 11};
  Cell& cell = cell_of(routine, 8);
  mine.initialised_mpi = true;
  record(mine, cell, 1, 1, 100, 150, false);
  EXPECT_EQ(file().header.in_mpi_elsewhere, 0U);
  mine.initialised_mpi = false;
  record(mine, cell, 2, 1, 100, 107, false);
  EXPECT_EQ(file().header.in_mpi_elsewhere, 7U);
  EXPECT_EQ(cell.ticks, 57U);
}

}  // namespace
}  // namespace mpisize::profile
