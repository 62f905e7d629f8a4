/// Predictions of a whole program over rank counts, as a picture.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/program_plan.hpp"

namespace mpisize {

struct ProgramPlot {
  std::string machine;  ///< Name, for the title.
  std::string program;  ///< The same.
  /// Of all that were weighed those with the threads of the chosen one are drawn, but no refused
  /// ones.
  std::vector<ProgramCandidate> candidates;
  ProgramCandidate chosen;
  std::vector<ProgramRun> runs;  ///< Drawn as far as they are like the prediction.
};

/// SVG 1.1: the launcher's time, or that of a repetition, over ranks with its 90 % band; crosses
/// for the runs (also those on other numbers of nodes), the ideal line (efficiency 1), efficiency
/// below, a ring for the chosen one. Throws std::invalid_argument if there is no candidate with a
/// time above 0.
[[nodiscard]] std::string to_svg(const ProgramPlot& plot);

}  // namespace mpisize
