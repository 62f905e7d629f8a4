/// A machine in the words of SimGrid 3.32, so that an MPI program runs on it in simulation:
///
///     smpirun $(cat machine.cfg) -platform machine.xml -np 64 ./app
///
/// A message between two nodes then takes what the link's pieces say, overheads included; within a
/// node it has those overheads, too, and its own latency and bandwidth for small and large
/// messages: SimGrid knows one set of overheads and factors. LogGP's g has no counterpart.
///
/// Both throw std::invalid_argument for a machine without links.
#pragma once

#include <string>

#include "mpisize/model/machine.hpp"

namespace mpisize {

/// Options of smpirun, one a line: overheads (smpi/os, smpi/or, smpi/ois), latency and bandwidth
/// factors piecewise over message size, the eager limit, and what makes SimGrid's own calibration
/// go away.
[[nodiscard]] std::string simgrid_options(const Machine& machine);

/// A platform file: the nodes behind one switch, or racks of them behind another. What the racks
/// send to each other shares no bottleneck but the nodes' ports (a fat tree), one pair is as fast
/// as the link between racks says.
[[nodiscard]] std::string simgrid_platform(const Machine& machine);

}  // namespace mpisize
