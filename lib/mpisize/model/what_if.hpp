/// Machines that nobody has measured as a whole: costs that follow from others, nodes that are only
/// thought of.
#pragma once

#include <vector>

#include "mpisize/model/machine.hpp"

namespace mpisize {

/// What dispatching costs on `nodes` nodes with these links, as far as they say it; what they do
/// not say stays as it is in `rest`. Over the link to the workers (between nodes if there are
/// several):
///
///   round_trip = 2 latency + what root and worker do besides sending and receiving
///   root_per_chunk = worker_per_chunk = o_send + o_receive, but no less than in `rest`
///   root_per_byte = G within a node, port_per_byte = G of a node between nodes
///
/// A link of one kind says nothing of the other.
[[nodiscard]] DispatchCost dispatch_over(const std::vector<Link>& links, int nodes,
                                         const DispatchCost& rest = {});

/// The machine with another topology. Hosts are kept if number and PUs of the nodes stay the same.
/// Where one node becomes several, what was measured on one is what holds within a node, and
/// between them the links decide, or nothing but assumptions; where several become one, the other
/// way round.
[[nodiscard]] Machine moved_to(Machine machine, const Topology& topology);

/// Whether the hosts that can be used could be the nodes of the topology: no fewer of them, and one
/// with as many PUs. No hosts fit anything.
[[nodiscard]] bool hosts_fit(const std::vector<Host>& hosts, const Topology& topology);

}  // namespace mpisize
