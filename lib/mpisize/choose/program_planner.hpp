/// Chooses ranks, nodes and threads per rank of a whole program.
#pragma once

#include <optional>
#include <vector>

#include "mpisize/choose/program_plan.hpp"
#include "mpisize/model/power_model.hpp"

namespace mpisize {

/// All that the decision rests on; the machine is the model's.
struct ProgramRequest {
  ProgramModel model;
  std::vector<int> rank_counts;  ///< That the program accepts; empty: any.
  std::vector<int> threads;      ///< Per rank; empty: those of the runs.
  Goal goal = Goal::time;
  ProgramLimits limits;
  Rates rates;
  std::optional<PowerModel> power;  ///< Empty: no run's energy was measured.
  /// Taken by the user: they leave the search.
  std::optional<int> ranks;
  std::optional<int> nodes;
  std::optional<int> threads_per_rank;
};

/// Every configuration within the cores granted: for each number of ranks and threads as few nodes
/// as have the cores and the memory, unless the number of nodes is taken. Those that the model
/// refuses are in it, with their refusal. Forced ranks are not held to the cores.
[[nodiscard]] std::vector<ProgramCandidate> program_candidates(const ProgramRequest& request);

/// Weighs all candidates that the model can predict. Plans that differ by less than 1 % count as
/// equal, and the one with fewer cores is taken; for the time, several ranks must be faster than
/// one by a twentieth, their intervals apart. A program that is said to scale
/// weakly is weighed by its work: time, core-hours, energy and cost over the number of ranks. One
/// whose work is only seen to grow is not: it may do the same work on every rank, and then one rank
/// is the best; the first reason says so.
///
/// Infeasible: no candidate meets all limits; the chosen one then breaks them least. Throws
/// std::invalid_argument, naming the value, for limits and rates that are not positive and finite.
[[nodiscard]] ProgramChoice choose_program(const ProgramRequest& request);

/// What the goal counts, in its own unit; energy counts as core-hours where no run's was measured
/// (and is infinite where some were, but nothing is known of this configuration), a cost without
/// price too.
[[nodiscard]] double objective(const ProgramRequest& request, const ProgramCandidate& candidate);

}  // namespace mpisize
