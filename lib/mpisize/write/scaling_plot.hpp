/// Plans of one kernel over rank counts, as a picture.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/plan.hpp"

namespace mpisize {

struct ScalingPlot {
  std::string machine;           ///< Name, for the title.
  std::string kernel;            ///< The same; empty: none.
  std::vector<Choice> by_ranks;  ///< Ascending in ranks.
  Choice chosen;
};

/// SVG 1.1: predicted time over ranks, both axes logarithmic, with its 90 % band, the ideal line
/// (time of one rank / ranks), parallel efficiency below; points show what limits, a ring the
/// chosen plan. White background, no script, same input same bytes. Throws std::invalid_argument if
/// there is no point with a time above 0.
[[nodiscard]] std::string to_svg(const ScalingPlot& plot);

}  // namespace mpisize
