/// A configuration's times by the laws of one draw.
#pragma once

#include <optional>

#include "mpisize/model/program_model.hpp"

namespace mpisize {

/// Seconds of a configuration, part by part.
struct Times {
  double computing = 0;
  double imbalance = 0;
  double communication = 0;
  double launch = 0;  ///< With what comes before the stretch.
  [[nodiscard]] double inside() const { return computing + imbalance + communication; }
  [[nodiscard]] double total() const { return inside() + launch; }
};

/// What all draws of a configuration have in common.
struct Scene {
  TermInputs at;
  double threads = 1;        ///< Factor of computing.
  double link_error = 0;     ///< Relative standard deviation of the link model's correction.
  double inside = 1;         ///< Repetitions in the total.
  bool with_launch = true;   ///< Not of one repetition.
  double root_receives = 0;  ///< Seconds that a root is held by its workers' messages.
};

/// Predictions are of one repetition: runs were cut off, and nobody says how many make a whole.
[[nodiscard]] bool of_one_repetition(const ProgramModel& model);

/// Throws std::invalid_argument for fewer than one rank, node or thread, or more nodes than ranks.
/// Empty where threads are beyond what was measured.
[[nodiscard]] std::optional<Scene> scene_of(const ProgramModel& model, const ProgramConfig& config);

[[nodiscard]] Times times_of(const ProgramModel& model, const Draw& draw, Scene scene, int ranks);

}  // namespace mpisize
