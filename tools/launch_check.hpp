/// Looks at the user's own mpirun line before it is started.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/write/launch_lint.hpp"
#include "talk.hpp"
#include "values.hpp"

namespace mpisize::tools {

/// How many ranks are started, if the user's line does not say it.
struct Sizing {
  std::optional<RankRule> ranks;  ///< --ranks.
  std::optional<Layout> plan;     ///< Once it is known.
};

/// Findings about the line; without a sizing it is started as it is. None where there is no mpirun
/// of the user's.
[[nodiscard]] std::vector<LaunchFinding> check_launch(
    const ChildLine& child, const Topology& topology,
    const std::optional<Sizing>& sizing = std::nullopt);

/// Each as a warning with its id.
void say_findings(const std::vector<LaunchFinding>& findings, const Talk& talk);

}  // namespace mpisize::tools
