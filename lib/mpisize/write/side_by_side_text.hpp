/// Plans that were run side by side, as text and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/model/program_points.hpp"

namespace mpisize {

/// One plan and what it took.
struct PlanRuns {
  ProgramConfig config;
  std::optional<Interval> predicted;  ///< Empty: nobody asked for a prediction.
  std::vector<Seconds> times;         ///< Wall times, not empty.
};

/// A line for each plan under its heading: prediction, median, error, whether it is inside the
/// interval, and the ratio to the first plan; then whether the first was the fastest, by the noise
/// band of the repetitions (see compare()).
[[nodiscard]] std::string describe_side_by_side(const std::vector<PlanRuns>& plans);

/// {"schema": "mpisize-side-by-side", "plans": [{"config", "predicted", "times", "median", "ratio",
/// "difference"}], "regret": ...}; regret is the first plan's median over the least one, less 1.
[[nodiscard]] std::string side_by_side_json(const std::vector<PlanRuns>& plans);

}  // namespace mpisize
