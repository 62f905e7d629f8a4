/// What will go wrong with a user's own mpirun line, before it is started.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/topology.hpp"
#include "mpisize/write/launch_line.hpp"

namespace mpisize {

/// One thing that is likely not meant. It never keeps the program from being started.
struct LaunchFinding {
  std::string id;      ///< "threads-share-a-core": stable, for scripts.
  std::string why;     ///< One sentence, ended.
  std::string repair;  ///< One sentence, ended.
  friend bool operator==(const LaunchFinding&, const LaunchFinding&) = default;
};

/// What a line is looked at with.
struct LaunchFacts {
  std::map<std::string, std::string> environment;
  Topology topology;                      ///< Nodes, and what of each is granted.
  Slots slots;                            ///< Of a node, as mpirun counts them.
  std::optional<int> hostfile_slots;      ///< Of all hosts of --hostfile together, where it says.
  bool sized = false;                     ///< How many ranks is not the user's line to say.
  std::optional<Layout> plan;             ///< Sized: what is started, once it is known.
  std::optional<std::string> ranks_rule;  ///< --ranks, where it does not accept the user's count.
};

/// Slots of a hostfile of Open MPI: the sum of "slots=N"; empty if a host leaves it to its cores.
[[nodiscard]] std::optional<int> slots_of_hostfile(const std::string& text);

/// Findings about the user's options and environment. Slots matter only where the user's counts are
/// started; counts that a plan replaces are told once there is one.
[[nodiscard]] std::vector<LaunchFinding> lint_launch(const MpirunLine& line,
                                                     const LaunchFacts& facts);

/// Of the environment alone, for a command that cannot be taken apart: who says which hosts (PBS,
/// LSF).
[[nodiscard]] std::vector<LaunchFinding> lint_environment(
    const std::map<std::string, std::string>& environment);

}  // namespace mpisize
