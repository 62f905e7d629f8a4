#include "mpisize/mpi/compute_slice.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace mpisize {
namespace {

/// Items of the slice that settles when an item takes `item`.
std::int64_t settled(Seconds item) {
  ComputeSlice slice;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t n = slice.next(1'000'000'000);
    slice.took(n, item * static_cast<double>(n));
  }
  return slice.next(1'000'000'000);
}

TEST(ComputeSlice, TakesTenToFortyMicrosecondsOnceSettled) {
  for (const double item : {20e-9, 1e-6, 3e-6, 12e-6}) {
    const double slice = item * static_cast<double>(settled(Seconds(item)));
    EXPECT_GE(slice, 10e-6) << item;
    EXPECT_LE(slice, 40e-6) << item;
  }
}

TEST(ComputeSlice, OfLongItemsIsOneItem) { EXPECT_EQ(settled(Seconds(1)), 1); }

TEST(ComputeSlice, IsNeverMoreThanWhatIsLeft) {
  ComputeSlice slice;
  for (int i = 0; i < 20; ++i) slice.took(slice.next(1 << 30), Seconds(0));
  EXPECT_EQ(slice.next(7), 7);
}

TEST(ComputeSlice, ShortRestDoesNotMakeItGrow) {
  ComputeSlice slice;
  slice.took(slice.next(100), Seconds(20e-6));
  const std::int64_t before = slice.next(100);
  slice.took(0, Seconds(1e-9));
  EXPECT_EQ(slice.next(100), before);
}

TEST(Stopwatch, WaitIsPartOfTheWallTime) {
  for (int i = 0; i < 200; ++i) {
    const Stopwatch watch;
    const Lap lap = watch.stop();
    EXPECT_GE(lap.wall, lap.waited.value_or(Seconds(0)));
    EXPECT_GE(lap.waited.value_or(Seconds(0)), Seconds(0));
    EXPECT_GE(lap.cpu.value_or(Seconds(0)), Seconds(0));
  }
}

TEST(WaitWithin, IsWhatWasBookedWhereTheThreadDidNotRunThatLong) {
  EXPECT_EQ(wait_within(Seconds(2), Seconds(10), Seconds(7)), Seconds(2));
}

TEST(WaitWithin, WhileTheThreadRanItDidNotWait) {
  EXPECT_EQ(wait_within(Seconds(5), Seconds(10), Seconds(7)), Seconds(3));
  EXPECT_EQ(wait_within(Seconds(5), Seconds(10), Seconds(10)), Seconds(0));
}

TEST(WaitWithin, ClocksThatDisagreeMakeNoNegativeWait) {
  EXPECT_EQ(wait_within(Seconds(5), Seconds(10), Seconds(10.1)), Seconds(0));
}

TEST(WhatOfNested, IsThatOfTheInnerException) {
  try {
    try {
      throw std::logic_error("inner");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  } catch (const std::exception& error) {
    EXPECT_EQ(what_of_nested(error), "inner");
  }
  EXPECT_EQ(what_of_nested(std::runtime_error("alone")), "alone");
}

}  // namespace
}  // namespace mpisize
