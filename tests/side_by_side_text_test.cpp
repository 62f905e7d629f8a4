#include "mpisize/write/side_by_side_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

std::vector<Seconds> times(double a, double b, double c) {
  return {Seconds(a), Seconds(b), Seconds(c)};
}

PlanRuns plan(int ranks, std::vector<Seconds> seen) {
  return {{ranks, 1, 1}, std::nullopt, std::move(seen)};
}

TEST(SideBySideText, TellsAFasterPlanFromNoise) {
  const auto slow = plan(2, times(10.0, 10.1, 9.9));
  const auto fast = plan(4, times(5.0, 5.1, 4.9));
  EXPECT_THAT(describe_side_by_side({slow, fast}),
              HasSubstr("beyond noise: 4 ranks; regret 100.0 %"));
  EXPECT_THAT(describe_side_by_side({fast, slow}), HasSubstr("None is faster than the first"));
}

TEST(SideBySideText, DifferencesWithinTheNoiseAreNone) {
  const auto a = plan(2, times(10.0, 12.0, 8.0));
  const auto b = plan(4, times(9.8, 11.9, 8.1));
  EXPECT_THAT(describe_side_by_side({a, b}), HasSubstr("None is faster than the first"));
}

TEST(SideBySideText, OneRunOfEachTellsNothing) {
  const auto text = describe_side_by_side({plan(2, {Seconds(10)}), plan(4, {Seconds(5)})});
  EXPECT_THAT(text, HasSubstr("is not known: run each more than once"));
}

TEST(SideBySideText, PredictionIsHeldAgainstTheMedian) {
  PlanRuns predicted = plan(2, times(10.0, 11.0, 30.0));
  predicted.predicted = Interval{Seconds(10), Seconds(9), Seconds(10.5)};
  const std::string text = describe_side_by_side({predicted});
  EXPECT_THAT(text, HasSubstr("+10.0 %"));
  EXPECT_THAT(text, HasSubstr("      no"));
}

TEST(SideBySideJson, HasEveryRunAndTheRegret) {
  const Json json = Json::parse(
      side_by_side_json({plan(2, times(10.0, 10.1, 9.9)), plan(4, times(8.0, 8.1, 7.9))}));
  EXPECT_EQ(json.at("schema"), "mpisize-side-by-side");
  EXPECT_EQ(json.at("plans")[1].at("times"), (Json{8.0, 8.1, 7.9}));
  EXPECT_DOUBLE_EQ(json.at("plans")[1].at("ratio").get<double>(), 0.8);
  EXPECT_EQ(json.at("plans")[1].at("difference"), "faster");
  EXPECT_DOUBLE_EQ(json.at("regret").get<double>(), 0.25);
}

}  // namespace
}  // namespace mpisize
