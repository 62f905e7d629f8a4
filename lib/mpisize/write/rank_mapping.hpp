/// Where mpirun is going to put the ranks, shown before it does.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/topology.hpp"
#include "mpisize/write/launch_line.hpp"

namespace mpisize {

/// What a rank is bound to.
enum class RankBinding {
  none,      ///< Any core that is granted.
  cores,     ///< Cores of its own.
  numa_node  ///< One that mpirun chooses; Open MPI's habit beyond two ranks.
};

/// Ranks of one node, numbered in a row; those bound to cores take them in a row too.
struct MappedNode {
  std::string host;  ///< Empty: any.
  int first = 0;
  int ranks = 1;
  friend bool operator==(const MappedNode&, const MappedNode&) = default;
};

struct RankMapping {
  std::vector<MappedNode> nodes;
  RankBinding binding = RankBinding::none;
  int cores_per_rank = 1;  ///< Bound to cores.
  friend bool operator==(const RankMapping&, const RankMapping&) = default;
};

/// First and last core of rank `index` of a node.
[[nodiscard]] std::pair<int, int> cores_of(const RankMapping& mapping, int index);

/// By what Open MPI 4.1 does with these options, all that stand before the program, and with the
/// environment (OMPI_MCA_*). Modelled are --map-by slot, core, seq and ppr:N:node, PE=, --bind-to
/// core and none, and no option at all (up to two ranks a core each, else a NUMA node, nothing if
/// oversubscribed); empty for any other mapping of the user's.
[[nodiscard]] std::optional<RankMapping> map_ranks(
    std::span<const std::string> options, const std::map<std::string, std::string>& environment,
    const Layout& layout, const std::vector<PlacedNode>& placement, const Slots& slots);

/// A line for each node, with packages where all cores of a node are granted. Many nodes or ranks
/// are summed up; each line is ended.
[[nodiscard]] std::string describe(const RankMapping& mapping, const Topology& topology);

}  // namespace mpisize
