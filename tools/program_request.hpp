/// From runs of a whole program and wishes to what is asked of the planner.
#pragma once

#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/choose/program_planner.hpp"
#include "mpisize/write/json.hpp"
#include "options.hpp"
#include "planned_launch.hpp"

namespace mpisize::tools {

/// What the child starts, as far as its time depends on it; `arguments` instead of its own, if
/// given. Throws StartError if the program is not there.
[[nodiscard]] Program program_of(const ChildLine& child,
                                 const std::optional<std::vector<std::string>>& arguments = {});

/// Throws UsageError for wishes that only a program linked with mpisize can be asked for.
void check_wishes(const Planning& planning, const std::string& program);

/// The counts that --ranks names, but those on which it failed; without --ranks the kind of those
/// on which it ran, where it failed on others; empty: any.
struct AcceptedRanks {
  std::vector<int> counts;
  std::string kind;  ///< "powers of two"; empty: nothing had to be concluded.
};
[[nodiscard]] AcceptedRanks ranks_accepted_by(const ProgramFile& program, const Machine& machine,
                                              const Planning& planning);

/// The model of the runs, with the errors of earlier predictions, and the wishes. Throws as
/// check_wishes().
[[nodiscard]] ProgramRequest request_of(const ProgramFile& program, const Machine& machine,
                                        const Planning& planning,
                                        const std::vector<double>& residuals);

/// A decision and what it rests on.
struct ProgramDecision {
  ProgramRequest request;
  ProgramChoice choice;
  // Only if they are to be told:
  std::vector<ProgramCandidate> candidates;
  std::vector<HeldOut> held_out;
};

/// Throws UsageError for a wish that is impossible.
[[nodiscard]] ProgramDecision decide(const ProgramFile& program, const Machine& machine,
                                     const Planning& planning, const std::vector<double>& residuals,
                                     const Common& common);

[[nodiscard]] std::string to_json(const ProgramDecision& decision);

/// Text of it, each line ended; `explained`: with all that it rests on.
[[nodiscard]] std::string describe(const ProgramDecision& decision, bool explained);

/// Throws InfeasibleError with the deciding reason.
void check_feasible(const ProgramChoice& choice);

/// How a configuration is started on a machine; `threaded`: the number of threads is set.
[[nodiscard]] ToLaunch launch_of(const ProgramConfig& config, const Machine& machine,
                                 bool threaded);

/// Whether the user's mpirun deals ranks to the nodes in turn (--map-by node).
[[nodiscard]] bool deals_ranks(const ChildLine& child);

/// So many ranks on as few nodes of the machine as have the cores, or on all of them.
[[nodiscard]] ProgramConfig config_on(const Machine& machine, int ranks, int threads, bool dealt);

/// Cores granted on all nodes.
[[nodiscard]] int granted_cores(const Machine& machine);

}  // namespace mpisize::tools
