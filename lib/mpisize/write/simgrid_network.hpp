/// What options and platform for SimGrid have to agree on. Private.
#pragma once

#include <vector>

#include "mpisize/model/machine.hpp"

namespace mpisize {

/// Bytes that SimGrid adds to what a message carries over the network, and counts where it looks
/// up the network's factors, but not where it looks up overheads and eager limit.
inline constexpr int simgrid_header = 16;

/// From so many bytes on.
struct SimgridSegment {
  Bytes from{};
  bool eager = true;
  double latency_factor = 1;
  double bandwidth_factor = 1;
};

/// T(m) = overheads if eager + latency_factor latency + m / (bandwidth_factor bandwidth).
struct SimgridNetwork {
  Seconds latency{};     ///< Of the way between two nodes.
  double bandwidth = 1;  ///< Of a node's port, bytes per second.
  Seconds send{};        ///< Overheads of eager messages; those of others are in their latency.
  Seconds receive{};
  Bytes eager_limit{};
  std::vector<SimgridSegment> segments;  ///< Ascending, the first from 0.
};

/// Of the link between nodes, or of the one within the node if there is but one.
[[nodiscard]] SimgridNetwork simgrid_network(const Machine& machine);

}  // namespace mpisize
