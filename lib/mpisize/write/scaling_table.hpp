/// Plans of one kernel over rank counts, as a table.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/plan.hpp"

namespace mpisize {

/// What the cores that compute cost: ranks x threads x predicted time of the call. Cores of a node
/// that have no rank are not in it.
[[nodiscard]] double core_hours(const Choice& choice);

/// A line for each choice, under its heading: ranks, nodes, time with its 90 % interval, speed-up,
/// efficiency, core-hours, ranks behind a sub-root, and what limits.
[[nodiscard]] std::string describe_scaling(const std::vector<Choice>& by_ranks);

}  // namespace mpisize
