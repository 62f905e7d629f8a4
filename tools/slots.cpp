#include "slots.hpp"

#include <algorithm>

namespace mpisize::tools {

Slots slots_of(const Topology& topology, const Environment& environment) {
  Slots slots{topology.grant.cores, topology.grant.cores, std::nullopt};
  const auto list = environment.find("SLURM_TASKS_PER_NODE");
  // Open MPI 4.1 asks Slurm by SLURM_JOBID (orte/mca/ras/slurm).
  if (!environment.contains("SLURM_JOBID") || list == environment.end()) return slots;
  const auto tasks = slurm_counts(list->second);
  if (tasks.empty()) return slots;
  slots.per_node = *std::min_element(tasks.begin(), tasks.end());
  slots.allocated = read_slurm(environment).cpus;
  return slots;
}

}  // namespace mpisize::tools
