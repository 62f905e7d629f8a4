#include "mpisize/write/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace mpisize {
namespace {

/// The counts at the ends of the lines.
std::vector<int> counts(const std::string& text) {
  std::istringstream in(text);
  std::vector<int> all;
  for (std::string line; std::getline(in, line);)
    all.push_back(std::stoi(line.substr(line.rfind(' '))));
  return all;
}

TEST(Histogram, CountsEachTimeOnce) {
  std::vector<WeightedTime> times;
  for (int i = 1; i <= 9; ++i) times.push_back({Seconds(i), 1});
  EXPECT_EQ(counts(histogram(times, 8)), (std::vector<int>{1, 1, 1, 1, 1, 1, 1, 2}));
}

TEST(Histogram, CountsItemsNotStretches) {
  EXPECT_EQ(counts(histogram({{Seconds(1), 5}, {Seconds(2), 7}}, 2)), (std::vector<int>{5, 7}));
}

TEST(Histogram, WideRangesHaveBinsOfEqualRatio) {
  const std::string text = histogram({{Seconds(1e-3), 1}, {Seconds(1), 1}, {Seconds(0.05), 1}}, 3);
  EXPECT_NE(text.find(" 1.00 ms to  10.0 ms"), std::string::npos) << text;
  EXPECT_NE(text.find(" 100 ms to   1.00 s"), std::string::npos) << text;
  EXPECT_EQ(counts(text), (std::vector<int>{1, 1, 1}));
}

TEST(Histogram, TimesOfZeroAreInTheFirstBin) {
  EXPECT_EQ(counts(histogram({{Seconds(0), 4}, {Seconds(1e-3), 1}, {Seconds(1), 1}}, 3)),
            (std::vector<int>{5, 0, 1}));
}

TEST(Histogram, RareLongItemsShow) {
  const std::string text = histogram({{Seconds(1), 100'000}, {Seconds(2), 1}}, 2);
  EXPECT_NE(text.find("  # 1\n"), std::string::npos) << text;
}

TEST(Histogram, OfEqualTimesIsNothing) {
  EXPECT_EQ(histogram({{Seconds(1), 3}, {Seconds(1), 4}}), "");
  EXPECT_EQ(histogram({}), "");
}

}  // namespace
}  // namespace mpisize
