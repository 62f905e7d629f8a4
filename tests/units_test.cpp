#include "mpisize/base/units.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

namespace mpisize {
namespace {

TEST(Seconds, AddAndScaleLikeNumbers) {
  EXPECT_EQ(Seconds(1.5) + Seconds(0.25), Seconds(1.75));
  EXPECT_EQ(Seconds(1.5) - Seconds(2), Seconds(-0.5));
  EXPECT_EQ(2 * Seconds(1.5), Seconds(1.5) * 2);
  EXPECT_EQ(Seconds(3) / 2, Seconds(1.5));
  Seconds sum;
  sum += Seconds(1);
  sum -= Seconds(0.5);
  EXPECT_EQ(sum, Seconds(0.5));
}

TEST(Seconds, RatioOfTwoIsABareNumber) {
  static_assert(std::is_same_v<decltype(Seconds(3) / Seconds(2)), double>);
  EXPECT_DOUBLE_EQ(Seconds(3) / Seconds(2), 1.5);
}

TEST(Seconds, AreOrdered) {
  EXPECT_LT(Seconds(1), Seconds(2));
  EXPECT_GE(Seconds(2), Seconds(2));
  EXPECT_NE(Seconds(1), Seconds(2));
}

TEST(Units, DoNotMixNorComeFromBareNumbers) {
  static_assert(!std::is_convertible_v<double, Seconds>);
  static_assert(!std::is_convertible_v<std::int64_t, Bytes>);
  static_assert(!std::is_convertible_v<double, SecondsPerByte>);
  static_assert(!std::is_constructible_v<Seconds, Bytes>);
  static_assert(!std::is_constructible_v<Bytes, Seconds>);
  static_assert(!std::is_invocable_v<std::plus<>, Seconds, Bytes>);
  static_assert(!std::is_invocable_v<std::plus<>, Seconds, double>);
  static_assert(!std::is_invocable_v<std::less<>, Bytes, Seconds>);
}

TEST(Bytes, CountBeyondThirtyTwoBits) {
  EXPECT_EQ((Bytes(std::int64_t{1} << 40) * 3).value(), std::int64_t{3} << 40);
  Bytes sum(5);
  sum += Bytes(7);
  EXPECT_EQ(sum - Bytes(2), Bytes(10));
  EXPECT_EQ(Bytes(1) + Bytes(2), Bytes(3));
}

TEST(Joules, ArePowerTimesTime) {
  EXPECT_EQ(Watts(20) * Seconds(3), Joules(60));
  EXPECT_EQ(Joules(60) / Seconds(3), Watts(20));
  Joules sum(5);
  sum += Joules(7);
  EXPECT_EQ(sum - Joules(2), Joules(10));
  static_assert(!std::is_constructible_v<Joules, Watts>);
  static_assert(!std::is_invocable_v<std::plus<>, Joules, Watts>);
}

TEST(SecondsPerByte, TimesBytesIsATime) {
  EXPECT_DOUBLE_EQ((SecondsPerByte(1e-9) * Bytes(2'000'000'000)).value(), 2.0);
}

}  // namespace
}  // namespace mpisize
