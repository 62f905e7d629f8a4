/// Which nodes the ranks of a plan are on, and whether slow hosts are worth it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/finalists.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/model/placement.hpp"
#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// Ranks that fit into the memory of a node, the root one of them; empty if nothing limits.
[[nodiscard]] std::optional<int> ranks_in_memory(const Request& request);

/// Where the ranks run already; else the hosts of the machine, if its topology is theirs; else
/// without nodes: they are alike.
[[nodiscard]] Placement placement_of(const Request& request);

/// Puts ranks on nodes, for each number of ranks in `counts` and for one. Where they can be put
/// anywhere they go to as many nodes, in the order of the placement, as make the work end soonest.
void spread_ranks(Situation& situation, const Placement& placement, std::vector<int> counts);

/// The same on nodes that are alike and have no names: a core for each rank and as few nodes as
/// have so many, unless the work ends sooner on more of them, their launch included.
void pack_ranks(Situation& situation, const Request& request, std::vector<int> counts);

/// Node by node; empty if nodes are alike.
[[nodiscard]] std::vector<PlacedNode> placed(const Situation& situation, const Placement& placement,
                                             int ranks);

/// The best plans found without the slow hosts that a plan uses, and with those that it leaves out.
struct WeighedHosts {
  std::optional<Finalist> without;
  std::optional<Finalist> with;
};
[[nodiscard]] WeighedHosts weigh_hosts(const Request& request, const Situation& situation,
                                       const Placement& placement, const std::vector<int>& counts,
                                       int ranks);

/// Says of every slow host whether the plan uses it, and what would be otherwise; of every unusable
/// one why.
[[nodiscard]] std::vector<std::string> explain_hosts(const Request& request,
                                                     const Situation& situation,
                                                     const Placement& placement,
                                                     const WeighedHosts& weighed,
                                                     const Finalist& chosen);

}  // namespace mpisize
