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

/// Findings about the line, as it is or for a layout that replaces its counts. Empty where there is
/// no mpirun of the user's.
[[nodiscard]] std::vector<LaunchFinding> check_launch(
    const ChildLine& child, const Topology& topology,
    const std::optional<Layout>& plan = std::nullopt,
    const std::optional<RankRule>& ranks = std::nullopt);

/// Each as a warning with its id.
void say_findings(const std::vector<LaunchFinding>& findings, const Talk& talk);

}  // namespace mpisize::tools
