/// Topology of this machine, or of one that is described, by hwloc.
///
/// Errors: InputError with one sentence if a description cannot be read; std::runtime_error if
/// hwloc cannot read this machine.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "mpisize/model/comm_model.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// PUs (by the kernel's number) that the calling process may run on: its affinity.
[[nodiscard]] std::vector<int> affinity_pus();

/// This machine: hardware, and what affinity, cpuset, cgroups and Slurm grant of it. `nodes` is
/// Slurm's number of nodes, 1 outside of it.
[[nodiscard]] Topology read_topology();

/// The same for a job whose processes on this node may together run on `pus`. mpirun binds each
/// rank to few cores: the affinity of one rank is not what the job was granted.
[[nodiscard]] Topology read_topology(const std::vector<int>& pus);

/// A machine that need not exist: hwloc's synthetic string ("package:2 numa:2 core:8 pu:2";
/// "node:4" in front makes four such nodes) or the path of an XML file written by lstopo. All of it
/// is granted.
[[nodiscard]] Topology topology_from(std::string_view description);

/// Nearest level at which a process on the PUs `here` meets one on each of `others`, of this
/// machine.
[[nodiscard]] std::vector<Level> levels_between(const std::vector<int>& here,
                                                std::span<const std::vector<int>> others);

}  // namespace mpisize
