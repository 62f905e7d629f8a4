#include "mpisize/write/scaling_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "sample_values.hpp"

namespace mpisize {
namespace {

using testing::HasSubstr;
using testing::Not;

Choice choice_of(int ranks, double seconds, const std::string& limit) {
  Choice choice = sample::choice();
  choice.plan.layout = {1, ranks, 1};
  choice.plan.pattern.sub_roots.reset();
  choice.predicted.total = {Seconds(seconds), Seconds(0.9 * seconds), Seconds(1.1 * seconds)};
  choice.predicted.serial = {Seconds(64), Seconds(60), Seconds(70)};
  choice.predicted.speedup = 64 / seconds;
  choice.predicted.efficiency = 64 / seconds / ranks;
  choice.predicted.limited_by = limit;
  return choice;
}

ScalingPlot plot() {
  return {"the machine",
          "kernel",
          {choice_of(1, 64, "computing"), choice_of(2, 33, "computing"), choice_of(4, 20, "root")},
          choice_of(4, 20, "root")};
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(ScalingPlot, SameInputGivesTheSameBytes) { EXPECT_EQ(to_svg(plot()), to_svg(plot())); }

TEST(ScalingPlot, IsOneWhitePageOfSvgWithoutScripts) {
  const std::string svg = to_svg(plot());
  EXPECT_EQ(svg.find("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "), 0U);
  EXPECT_THAT(svg, HasSubstr("<rect width=\"960\" height=\"760\" fill=\"white\"/>"));
  EXPECT_THAT(svg, HasSubstr("font-family=\"sans-serif\""));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
}

TEST(ScalingPlot, SaysWhatItShows) {
  const std::string svg = to_svg(plot());
  for (const char* const words :
       {"kernel on the machine", "ranks (log scale)", "time of the call (log scale)",
        "parallel efficiency", "predicted, with its 90 % interval", "one rank&apos;s time / ranks",
        "limited by computing", "limited by root", "chosen: 4 ranks, 20.0 s"}) {
    EXPECT_THAT(svg, HasSubstr(words));
  }
  EXPECT_THAT(svg, Not(HasSubstr("hollow")));
}

TEST(ScalingPlot, EachPlanIsAPointInBothPanels) {
  // Two more stand in the legend.
  EXPECT_EQ(times(to_svg(plot()), "<path transform="), 2U * 3 + 2);
}

TEST(ScalingPlot, PointsOfSubRootsAreHollow) {
  ScalingPlot p = plot();
  p.by_ranks.back().plan.pattern.sub_roots = SubRoots{};
  EXPECT_THAT(to_svg(p), HasSubstr("hollow: with sub-roots"));
}

TEST(ScalingPlot, TimeFallsFromLeftToRight) {
  const std::string svg = to_svg(plot());
  const auto at = svg.find("<polyline points=\"") + 18;
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;
  ASSERT_EQ(std::sscanf(svg.c_str() + at, "%lf,%lf %lf,%lf", &x1, &y1, &x2, &y2), 4);
  EXPECT_LT(x1, x2);
  EXPECT_LT(y1, y2);
}

TEST(ScalingPlot, NamesAreEscapedAndShortened) {
  ScalingPlot p = plot();
  p.machine = "<script>\xFF";
  p.kernel = std::string(1000, '&');
  const std::string svg = to_svg(p);
  EXPECT_THAT(svg, HasSubstr("&amp;... on &lt;script&gt;\xEF\xBF\xBD"));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
}

TEST(ScalingPlot, WhatHasNoNameIsStillOnSomething) {
  ScalingPlot p = plot();
  p.machine = p.kernel = "";
  EXPECT_THAT(to_svg(p), HasSubstr("plans on a machine without a name"));
}

TEST(ScalingPlot, AnyRangeHasTicksAndNoNaN) {
  for (const double scale : {1e-12, 1e-6, 1.0, 1e9}) {
    ScalingPlot p = plot();
    for (Choice& c : p.by_ranks) c.predicted.total.value = c.predicted.total.value * scale;
    p.chosen.predicted.total.value = p.chosen.predicted.total.value * scale;
    const std::string svg = to_svg(p);
    EXPECT_THAT(svg, Not(HasSubstr("nan"))) << scale;
    EXPECT_THAT(svg, Not(HasSubstr("inf"))) << scale;
  }
  ScalingPlot one = plot();
  one.by_ranks.resize(1);
  one.chosen = one.by_ranks.front();
  EXPECT_THAT(to_svg(one), Not(HasSubstr("nan")));
  ScalingPlot many = plot();
  many.by_ranks.push_back(choice_of(1 << 26, 0.001, "another thing"));
  EXPECT_THAT(to_svg(many), HasSubstr("<tspan dy=\"-6\" font-size=\"11\">24</tspan>"));
  EXPECT_THAT(to_svg(many), HasSubstr("limited by another thing"));
}

TEST(ScalingPlot, NothingToDrawIsRefused) {
  ScalingPlot none = plot();
  none.by_ranks.clear();
  EXPECT_THROW(static_cast<void>(to_svg(none)), std::invalid_argument);
  ScalingPlot zero = plot();
  zero.chosen.predicted.total.value = Seconds(0);
  EXPECT_THROW(static_cast<void>(to_svg(zero)), std::invalid_argument);
  ScalingPlot endless = plot();
  endless.by_ranks[0].predicted.total.high = Seconds(std::numeric_limits<double>::infinity());
  EXPECT_THROW(static_cast<void>(to_svg(endless)), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
