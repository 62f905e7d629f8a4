#include "mpisize/write/scaling_plot.hpp"

#include <fmt/format.h>

#include "mpisize/base/human.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/scaling_picture.hpp"

namespace mpisize {
namespace {

PicturePoint point_of(const Choice& choice, Seconds serial) {
  PicturePoint point;
  point.ranks = choice.plan.layout.ranks();
  point.time = choice.predicted.total;
  point.efficiency = choice.predicted.efficiency;
  point.kind = "limited by " + choice.predicted.limited_by;
  point.hollow = choice.plan.pattern.sub_roots.has_value();
  if (serial > Seconds(0)) point.ideal = serial / point.ranks;
  return point;
}

std::string chosen_words(const Choice& chosen) {
  const std::string what = chosen.plan.verdict == Verdict::serial
                               ? "serial"
                               : counted(chosen.plan.layout.ranks(), "rank");
  return fmt::format("chosen: {}, {}", what, human(chosen.predicted.total.value));
}

}  // namespace

std::string to_svg(const ScalingPlot& plot) {
  const Seconds serial = plot.chosen.predicted.serial.value;
  ScalingPicture picture;
  picture.title = title_of(plot.kernel.empty() ? "plans" : plot.kernel, plot.machine);
  picture.time = "time of the call";
  for (const Choice& choice : plot.by_ranks) picture.points.push_back(point_of(choice, serial));
  picture.chosen = point_of(plot.chosen, serial);
  picture.chosen_words = chosen_words(plot.chosen);
  picture.ideal = "ideal: one rank's time / ranks";
  picture.hollow = "hollow: with sub-roots";
  picture.footer =
      fmt::format("predicted by mpisize for {}", counted(plot.chosen.predicted.items, "item"));
  return to_svg(picture);
}

}  // namespace mpisize
