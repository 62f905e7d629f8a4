#include "mpisize/base/spelling.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

TEST(NearestWord, IsTheOneWithTheFewestLettersChanged) {
  const std::vector<std::string> known{"latency", "level", "bandwidth"};
  EXPECT_EQ(nearest_word("latancy", known), "latency");
  EXPECT_EQ(nearest_word("bandwith", known), "bandwidth");
  EXPECT_EQ(nearest_word("levels", known), "level");
  EXPECT_EQ(nearest_word("level", known), "level");
}

TEST(NearestWord, OfSeveralEquallyNearIsTheFirst) {
  EXPECT_EQ(nearest_word("cat", {"car", "cab"}), "car");
}

TEST(NearestWord, IsNoneIfAllOfThemAreFar) {
  EXPECT_EQ(nearest_word("temperature", {"latency", "level"}), std::nullopt);
  EXPECT_EQ(nearest_word("xy", {"ab"}), std::nullopt);
  EXPECT_EQ(nearest_word("level", {}), std::nullopt);
}

}  // namespace
}  // namespace mpisize
