#include "mpisize/write/program_plot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"
#include "mpisize/model/program_points.hpp"
#include "mpisize/write/scaling_picture.hpp"

namespace mpisize {
namespace {

PicturePoint point_of(const ProgramPrediction& p) {
  PicturePoint point;
  point.ranks = p.config.ranks;
  point.time = p.total;
  point.efficiency = p.efficiency;
  point.kind = p.measured ? "rests on runs there" : "rests on laws fitted to the runs";
  point.ideal = p.total.value * p.efficiency;
  return point;
}

/// Of whole runs the launcher's time, of stretches that of a repetition.
std::vector<SeenTime> seen_of(const ProgramPlot& plot) {
  std::vector<SeenTime> seen;
  const ProgramPrediction& chosen = plot.chosen.predicted;
  for (const ProgramRun& run : plot.runs) {
    if (run.threads_per_rank != chosen.config.threads) continue;
    if (run.steady.has_value() != chosen.per_repetition) continue;
    const Seconds time = run.steady ? run.steady->time / static_cast<double>(std::max<std::int64_t>(
                                                             1, run.steady->repetitions))
                                    : run.wall;
    if (time > Seconds(0)) seen.push_back({run.ranks, time});
  }
  return seen;
}

}  // namespace

std::string to_svg(const ProgramPlot& plot) {
  const ProgramPrediction& chosen = plot.chosen.predicted;
  ScalingPicture picture;
  picture.title = title_of(plot.program, plot.machine);
  picture.time = chosen.per_repetition ? "time of a repetition" : "time of the program";
  for (const ProgramCandidate& c : plot.candidates) {
    const ProgramPrediction& p = c.predicted;
    if (p.config.threads == chosen.config.threads && !p.refusal) {
      picture.points.push_back(point_of(p));
    }
  }
  std::sort(picture.points.begin(), picture.points.end(),
            [](const PicturePoint& a, const PicturePoint& b) { return a.ranks < b.ranks; });
  picture.chosen = point_of(chosen);
  picture.chosen_words =
      fmt::format("chosen: {}, {}", describe(chosen.config), human(chosen.total.value));
  picture.ideal = "ideal: efficiency 1";
  picture.seen = seen_of(plot);
  picture.footer = fmt::format("predicted by mpisize from {} runs", plot.runs.size());
  return to_svg(picture);
}

}  // namespace mpisize
