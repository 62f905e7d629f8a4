/// Which run of a program to sample next.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/program_planner.hpp"

namespace mpisize {

/// What may be sampled.
struct Sampling {
  int most_ranks = 1;       ///< As there are cores, or slots, at hand.
  Seconds longest_run{60};  ///< Runs that are expected to take longer are not suggested.
  std::size_t counts = 4;   ///< Different rank counts, at most.
  std::size_t repeats = 5;  ///< Of one configuration, at most.
  double narrow = 0.05;     ///< Half width, relative, of what laws say of the best ones.
};

struct NextRun {
  ProgramConfig config;
  bool repetition = false;  ///< Of a configuration that was run before.
  /// Expected narrowing of what is still to be decided: 0.3 makes it 30 % narrower. Empty where
  /// that is not what the run is for.
  std::optional<double> narrows;
  std::string reason;  ///< One sentence.
};

/// Before anything was run: the largest count at hand, where a run is shortest. Empty if the
/// program accepts none of those at hand. `rank_counts` empty: any.
[[nodiscard]] std::optional<NextRun> first_run(const std::vector<int>& rank_counts,
                                               const Sampling& sampling);

/// In this order: a second count, up to four times away from the first; a run with each number of
/// threads per rank that is asked for; a repetition, so that the noise is known; a third count, if
/// there is one; then the run whose outcome, by the draws of the model, tells most about the
/// candidates that may still be the best: the variance of a prediction t that an outcome q with
/// noise s explains is cov(t, q)^2 / (var q + s^2) (linear Gaussian). Empty: those are as narrow as
/// asked for, nothing narrows them by a twentieth, or all is spent.
[[nodiscard]] std::optional<NextRun> next_run(const ProgramRequest& request,
                                              const Sampling& sampling);

}  // namespace mpisize
