/// Where ranks are: over nodes that differ in speed and in distance from the root.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mpisize/model/hosts.hpp"

namespace mpisize {

/// A node and its ranks.
struct PlacedNode {
  std::string host;  ///< Empty: not known by name.
  int ranks = 1;     ///< Of a plan; of a node to choose: the most that it takes.
  double speed = 1;  ///< Of one rank computing, over the median host's.
  int rack = 0;
  double cpus = 1;  ///< CPU time per wall time.
  friend bool operator==(const PlacedNode&, const PlacedNode&) = default;
};

/// Nodes in rank order, the root's first.
struct Placement {
  std::vector<PlacedNode> nodes;
  /// The node of every rank where they run already; empty: ranks can be put anywhere.
  std::vector<int> node_of_rank;
  friend bool operator==(const Placement&, const Placement&) = default;
};

enum class Distance { root_node, root_rack, other_rack };

/// Nodes that are alike, with as many ranks each.
struct NodeKind {
  int nodes = 1;
  int ranks = 1;  ///< On each.
  double cpus = 1;
  double speed = 1;
  Distance from_root = Distance::root_rack;
  friend bool operator==(const NodeKind&, const NodeKind&) = default;
};

/// The ranks of a plan in rank order, as far as they can be put in such an order; the root's node
/// is the first, a kind of its own.
using Spread = std::vector<NodeKind>;

/// By number of ranks.
using Spreads = std::map<int, Spread>;

/// Usable hosts in the order in which they are taken: the root on the fastest host of the rack with
/// most PUs, then its rack, then the other racks, then slow hosts; of those as fast as each other,
/// within 10 %, as listed.
[[nodiscard]] Placement placement_of(const std::vector<Host>& hosts);

/// The nodes of a placement with the most ranks that each takes.
[[nodiscard]] Spread room_of(const Placement& placement);

[[nodiscard]] int node_count(const Spread& spread);
[[nodiscard]] int rank_count(const Spread& spread);

/// Numbers of nodes worth a look: those of the root's rack, those that are not slow, and then as
/// many more as are equally slow.
[[nodiscard]] std::vector<int> node_counts(const Spread& room);

/// `ranks` on the first `nodes` nodes, evenly, one node after the other, none with more than it
/// takes unless there is no other way.
[[nodiscard]] Spread fill(const Spread& room, int nodes, int ranks);

/// The same, node by node.
[[nodiscard]] std::vector<PlacedNode> fill(const Placement& placement, int nodes, int ranks);

/// The first `ranks` ranks of those that run already, for each number in `counts`.
[[nodiscard]] Spreads spreads_of(const Placement& placement, std::vector<int> counts);

/// The nodes of the first `ranks` ranks of those that run already.
[[nodiscard]] std::vector<PlacedNode> first_ranks(const Placement& placement, int ranks);

}  // namespace mpisize
