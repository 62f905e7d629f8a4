#include "mpisize/base/human.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mpisize {
namespace {

TEST(Human, TimesHaveThreeDigitsAndAFittingUnit) {
  EXPECT_EQ(human(Seconds(0)), "0 s");
  EXPECT_EQ(human(Seconds(2.5e-10)), "0.25 ns");
  EXPECT_EQ(human(Seconds(1.234e-9)), "1.23 ns");
  EXPECT_EQ(human(Seconds(12.3e-6)), "12.3 us");
  EXPECT_EQ(human(Seconds(0.123)), "123 ms");
  EXPECT_EQ(human(Seconds(4.5678)), "4.57 s");
  EXPECT_EQ(human(Seconds(90)), "90.0 s");
  EXPECT_EQ(human(Seconds(738)), "12.3 min");
  EXPECT_EQ(human(Seconds(9000)), "2.50 h");
  EXPECT_EQ(human(Seconds(86400 * 3)), "3.00 d");
  EXPECT_EQ(human(Seconds(-0.5)), "-500 ms");
}

TEST(Human, EnergyHasThreeDigitsAndTheFittingUnit) {
  EXPECT_EQ(human(Joules(0)), "0 J");
  EXPECT_EQ(human(Joules(0.0123)), "12.3 mJ");
  EXPECT_EQ(human(Joules(945)), "945 J");
  EXPECT_EQ(human(Joules(1234567)), "1.23 MJ");
}

TEST(Human, RoundingMovesToTheNextUnit) {
  EXPECT_EQ(human(Seconds(0.99949)), "999 ms");
  EXPECT_EQ(human(Seconds(0.9996)), "1.00 s");
  EXPECT_EQ(human(Seconds(9.996)), "10.0 s");
  EXPECT_EQ(human(Bytes(999'999)), "1.00 MB");
}

TEST(Human, SizesAreDecimal) {
  EXPECT_EQ(human(Bytes(0)), "0 B");
  EXPECT_EQ(human(Bytes(999)), "999 B");
  EXPECT_EQ(human(Bytes(1200)), "1.20 kB");
  EXPECT_EQ(human(Bytes(34'000'000'000)), "34.0 GB");
  EXPECT_EQ(human(Bytes(std::numeric_limits<std::int64_t>::max())), "9223 PB");
}

TEST(Human, InverseBandwidthIsShownAsBandwidth) {
  EXPECT_EQ(human(SecondsPerByte(1 / 4.56e9)), "4.56 GB/s");
  EXPECT_EQ(human(SecondsPerByte(0)), "unlimited");
}

TEST(Human, IntervalAndSourceFollowTheValue) {
  EXPECT_EQ(human(Interval{Seconds(12.3), Seconds(11.9), Seconds(13.1)}),
            "12.3 s (90 %: 11.9 s to 13.1 s)");
  EXPECT_EQ(human(assumed(Seconds(0.3), Seconds(0.05), Seconds(1))),
            "300 ms (90 %: 50.0 ms to 1.00 s), assumed");
  EXPECT_EQ(human(measured(SecondsPerByte(1e-9), SecondsPerByte(5e-10), SecondsPerByte(2e-9))),
            "1.00 GB/s (90 %: 500 MB/s to 2.00 GB/s), measured");
}

TEST(Human, CountsAreGroupedByThree) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1 000");
  EXPECT_EQ(human_count(-1234567), "-1 234 567");
}

TEST(HumanNumber, HasThreeDigitsThatMatter) {
  EXPECT_EQ(human_number(0.0123456), "0.0123");
  EXPECT_EQ(human_number(12.34), "12.3");
  EXPECT_EQ(human_number(45600.4), "45 600");
}

}  // namespace
}  // namespace mpisize
