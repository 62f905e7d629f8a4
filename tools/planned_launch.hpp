/// The line that starts a plan, with all that belongs to it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/write/launch_lint.hpp"
#include "talk.hpp"
#include "values.hpp"

namespace mpisize::tools {

struct PlannedLaunch {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< Threads of a rank, as far as they are ours.
  std::vector<LaunchFinding> findings;             ///< About the user's own options.
  std::vector<std::string> mapping;                ///< Where ranks go, a line for each node.
};

/// What is to be started.
struct ToLaunch {
  Layout layout;
  std::vector<PlacedNode> placement;
  Topology topology;              ///< Of the nodes.
  bool threaded = false;          ///< Ranks start threads, be it only one of many that they could.
  std::optional<RankRule> ranks;  ///< --ranks.
};

[[nodiscard]] PlannedLaunch planned_launch(const ChildLine& child, const ToLaunch& wanted);

/// Findings as warnings, but those that were told already, the mapping, and the line as a shell
/// takes it.
void say_launch(const PlannedLaunch& launch, const std::vector<LaunchFinding>& told,
                const Talk& talk);

/// "OMP_NUM_THREADS=2 mpirun ...", without a line end.
[[nodiscard]] std::string printed(const PlannedLaunch& launch);

}  // namespace mpisize::tools
