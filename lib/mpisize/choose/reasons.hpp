/// Why a plan was chosen, in sentences.
#pragma once

#include "mpisize/choose/planner.hpp"
#include "mpisize/choose/uncertainty.hpp"
#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// What the planner weighed.
struct Deliberation {
  double serial = 0;         ///< Seconds of rank 0 alone for what is left.
  double best_parallel = 0;  ///< Seconds of the best parallel plan; 0 if there was none.
  int best_ranks = 0;
  double best_speedup_low = 0;
  bool overridden = false;  ///< One rank was no choice.
  double saturation = 0;    ///< Workers beyond which the root is the bottleneck.
  double through_root = 0;  ///< Seconds in which all bytes pass the root.
  StageCosts costs;
  std::int64_t seen = 0;  ///< Items that the prediction rests on.
  double work_mean = 0;
  double work_cv = 0;
  std::vector<std::string> flow;   ///< Why this window, order, batch.
  std::vector<std::string> hosts;  ///< Why slow ones are used or not.
  Uncertainty uncertainty;
};

/// Writes reasons and would_change of the plan.
void explain(const Request& request, const Deliberation& deliberation, Choice& choice);

}  // namespace mpisize
