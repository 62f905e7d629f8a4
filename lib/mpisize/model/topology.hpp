/// Hardware of the machine in hwloc's words, and what of it this job may use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// Hardware of one node.
struct NodeShape {
  int packages = 1;
  int numa_nodes = 1;
  int cores = 1;
  int pus = 1;  ///< Hardware threads.
  std::optional<Bytes> memory;
  friend bool operator==(const NodeShape&, const NodeShape&) = default;
};

/// What of one node is granted: the narrowest of hardware, affinity, cpuset, cgroup and Slurm.
struct Grant {
  int cores = 1;                    ///< Cores with at least one PU granted.
  int pus = 1;                      ///< PUs granted.
  double cpus = 1;                  ///< CPU time per wall time: PUs, or a cgroup quota below that.
  std::optional<Bytes> memory;      ///< Memory that can still be taken.
  std::vector<std::string> limits;  ///< What narrowed it, one sentence each.
  friend bool operator==(const Grant&, const Grant&) = default;
};

/// `nodes` nodes of one shape.
struct Topology {
  int nodes = 1;
  NodeShape node;
  Grant grant;  ///< Per node.
  friend bool operator==(const Topology&, const Topology&) = default;
};

}  // namespace mpisize
