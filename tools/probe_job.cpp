#include "probe_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/error.hpp"
#include "mpisize/write/shell_quote.hpp"

namespace mpisize::tools {
namespace {

/// The probe takes 10 to 30 s; Slurm counts whole minutes and looks only now and then.
constexpr Seconds probe_limit{300};

void add(std::string& text, const std::string& option, const std::string& value) {
  text += fmt::format("#SBATCH --{}={}\n", option, sbatch_quote(value));
}

/// A task for each CPU, so that mpirun has as many slots as it may want.
int tasks_per_node(const Partition& partition) {
  int cpus = partition.max_cpus_per_node.value_or(partition.groups.front().cpus);
  for (const NodeGroup& group : partition.groups) cpus = std::min(cpus, group.cpus);
  return cpus;
}

}  // namespace

int probe_nodes(const Partition& partition) {
  const int there = partition.states().all();
  const int most = std::min(there, partition.max_nodes.value_or(there));
  return std::max(std::min(2, most), std::max(1, partition.min_nodes));
}

std::string render(const ProbeJob& job) {
  const Partition& partition = *job.partition;
  if (partition.groups.empty()) {
    throw InputError(
        fmt::format("partition {} has no nodes to measure; take another", partition.name));
  }
  const int nodes = probe_nodes(partition);
  constexpr double minute = 60;
  const Seconds limit = std::min(probe_limit, partition.max_time.value_or(probe_limit));
  std::string text = "#!/bin/bash\n# Written by mpisize probe: measures nodes and their links.\n";
  add(text, "job-name", job.name);
  add(text, "partition", partition.name);
  if (job.account) add(text, "account", *job.account);
  add(text, "nodes", std::to_string(nodes));
  add(text, "ntasks-per-node", std::to_string(tasks_per_node(partition)));
  // Others on the same nodes would be measured with them.
  if (!partition.max_cpus_per_node) text += "#SBATCH --exclusive\n";
  if (!partition.max_memory_per_node && !partition.max_memory_per_cpu) text += "#SBATCH --mem=0\n";
  add(text, "time", std::to_string(std::llround(std::ceil(limit.value() / minute))));
  add(text, "output", job.output.string());
  text += "#SBATCH --no-requeue\n\nset -euo pipefail\n\n";
  std::string hosts;
  if (nodes > 1) {
    text += "hosts=$(scontrol show hostnames \"$SLURM_JOB_NODELIST\" | paste -sd,)\n";
    hosts = " --hosts \"$hosts\"";
  }
  text += fmt::format("{} probe --quiet{} -o {}\n", shell_quote(job.command.string()), hosts,
                      shell_quote(job.result.string()));
  return text;
}

}  // namespace mpisize::tools
