/// Which nodes the ranks of a plan are on, and whether slow hosts are worth it.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/finalists.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/model/placement.hpp"
#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// Where the ranks run already; else the hosts of the machine, if its topology is theirs; else
/// without nodes: they are alike.
[[nodiscard]] Placement placement_of(const Request& request);

/// Puts ranks on nodes, for each number of ranks in `counts` and for one. Where they can be put
/// anywhere they go to as many nodes, in the order of the placement, as make the work end soonest.
void spread_ranks(Situation& situation, const Placement& placement, std::vector<int> counts);

/// Node by node; empty if nodes are alike.
[[nodiscard]] std::vector<PlacedNode> placed(const Situation& situation, const Placement& placement,
                                             int ranks);

/// Says of every slow host whether the plan of so many ranks and seconds uses it, and what the best
/// plan without it, or with it, takes; of every unusable one why.
[[nodiscard]] std::vector<std::string> explain_hosts(const Request& request,
                                                     const Situation& situation,
                                                     const Placement& placement,
                                                     const std::vector<int>& counts,
                                                     const Finalist& chosen);

}  // namespace mpisize
