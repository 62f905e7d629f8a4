/// Slots of this job, as mpirun counts them.
#pragma once

#include "mpisize/measure/grant.hpp"
#include "mpisize/model/topology.hpp"
#include "mpisize/write/launch_line.hpp"

namespace mpisize::tools {

/// Of a node: Slurm's tasks in a Slurm job, of the node that has the fewest, else the cores
/// granted.
[[nodiscard]] Slots slots_of(const Topology& topology, const Environment& environment);

}  // namespace mpisize::tools
