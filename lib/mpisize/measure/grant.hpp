/// What of a node this job may use: affinity, cpuset, cgroup v1 and v2, and Slurm, taken together.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/model/topology.hpp"

namespace mpisize {

using Environment = std::map<std::string, std::string>;

/// Environment of this process.
[[nodiscard]] Environment current_environment();

/// Cores and PUs of a set of PUs.
struct CpuCount {
  int cores = 0;  ///< With at least one PU in the set.
  int pus = 0;
  friend bool operator==(const CpuCount&, const CpuCount&) = default;
};

/// Where the limits of a process are found; all of it can be made up in a test.
struct GrantSources {
  std::filesystem::path root = "/";  ///< Of /proc and /sys; empty: neither is there.
  Environment environment;
  std::optional<CpuCount> cpuset;    ///< What the cpuset (hwloc's allowed set) leaves.
  std::optional<CpuCount> affinity;  ///< What the affinity of the process or job leaves of it.
};

/// The narrowest of the node and all sources, with one sentence for each that narrowed it.
/// Values that cannot be read or make no sense do not narrow.
[[nodiscard]] Grant narrow(const NodeShape& node, const GrantSources& sources);

/// Limits of the control groups of this process, from its own up to the root of each hierarchy.
struct CgroupLimits {
  std::optional<double> cpus;   ///< Smallest quota / period.
  std::optional<Bytes> memory;  ///< Smallest limit - (usage - inactive file cache).
  std::string cpu_source;       ///< File that set it.
  std::string memory_source;
};
[[nodiscard]] CgroupLimits read_cgroups(const std::filesystem::path& root);

/// Grant of a Slurm job or step, per node; empty where it says nothing.
struct SlurmGrant {
  std::optional<int> nodes;     ///< SLURM_JOB_NUM_NODES, SLURM_NNODES.
  std::optional<int> cpus;      ///< On the node that has the fewest.
  bool uneven = false;          ///< Nodes differ in their CPUs.
  std::optional<Bytes> memory;  ///< SLURM_MEM_PER_NODE, or SLURM_MEM_PER_CPU times the CPUs.
};
[[nodiscard]] SlurmGrant read_slurm(const Environment& environment);

/// Counts of a Slurm list: "72(x2),36" is 72, 72, 36; empty if it cannot be read.
[[nodiscard]] std::vector<int> slurm_counts(std::string_view list);

}  // namespace mpisize
