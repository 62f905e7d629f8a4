#include "mpisize/write/slurm_options.hpp"

#include <algorithm>
#include <array>

namespace mpisize {
namespace {

constexpr Takes absent = Takes::absent;
constexpr Takes nothing = Takes::nothing;
constexpr Takes value = Takes::value;
constexpr Takes maybe = Takes::maybe;

// Slurm 22.05: sbatch(1), srun(1) and what `sbatch -vv` accepts. Name, letter, sbatch, srun;
// sorted.
constexpr std::array options{
    SlurmOption{"accel-bind", no_letter, absent, value},
    SlurmOption{"account", 'A', value, value},
    SlurmOption{"acctg-freq", no_letter, value, value},
    SlurmOption{"array", 'a', value, absent},
    SlurmOption{"batch", no_letter, value, absent},
    SlurmOption{"bb", no_letter, value, value},
    SlurmOption{"bbf", no_letter, value, value},
    SlurmOption{"bcast", no_letter, absent, maybe},
    SlurmOption{"bcast-exclude", no_letter, absent, value},
    SlurmOption{"begin", 'b', value, value},
    SlurmOption{"chdir", 'D', value, value},
    SlurmOption{"cluster", no_letter, value, value},
    SlurmOption{"cluster-constraint", no_letter, value, value},
    SlurmOption{"clusters", 'M', value, value},
    SlurmOption{"comment", no_letter, value, value},
    SlurmOption{"compress", no_letter, absent, maybe},
    SlurmOption{"constraint", 'C', value, value},
    SlurmOption{"container", no_letter, value, value},
    SlurmOption{"context", no_letter, value, value},
    SlurmOption{"contiguous", no_letter, nothing, nothing},
    SlurmOption{"core-spec", 'S', value, value},
    SlurmOption{"cores-per-socket", no_letter, value, value},
    SlurmOption{"cpu-bind", no_letter, absent, value},
    SlurmOption{"cpu-freq", no_letter, value, value},
    SlurmOption{"cpu_bind", no_letter, absent, value},
    SlurmOption{"cpus-per-gpu", no_letter, value, value},
    SlurmOption{"cpus-per-task", 'c', value, value},
    SlurmOption{"deadline", no_letter, value, value},
    SlurmOption{"debugger-test", no_letter, absent, nothing},
    SlurmOption{"delay-boot", no_letter, value, value},
    SlurmOption{"dependency", 'd', value, value},
    SlurmOption{"disable-status", 'X', absent, nothing},
    SlurmOption{"distribution", 'm', value, value},
    SlurmOption{"epilog", no_letter, absent, value},
    SlurmOption{"error", 'e', value, value},
    SlurmOption{"exact", no_letter, absent, nothing},
    SlurmOption{"exclude", 'x', value, value},
    SlurmOption{"exclusive", no_letter, maybe, maybe},
    SlurmOption{"export", no_letter, value, value},
    SlurmOption{"export-file", no_letter, value, absent},
    SlurmOption{"extra-node-info", 'B', value, value},
    SlurmOption{"get-user-env", no_letter, maybe, absent},
    SlurmOption{"gid", no_letter, value, value},
    SlurmOption{"gpu-bind", no_letter, value, value},
    SlurmOption{"gpu-freq", no_letter, value, value},
    SlurmOption{"gpus", 'G', value, value},
    SlurmOption{"gpus-per-node", no_letter, value, value},
    SlurmOption{"gpus-per-socket", no_letter, value, value},
    SlurmOption{"gpus-per-task", no_letter, value, value},
    SlurmOption{"gres", no_letter, value, value},
    SlurmOption{"gres-flags", no_letter, value, value},
    SlurmOption{"help", 'h', nothing, nothing},
    SlurmOption{"het-group", no_letter, absent, value},
    SlurmOption{"hint", no_letter, value, value},
    SlurmOption{"hold", 'H', nothing, nothing},
    SlurmOption{"ignore-pbs", no_letter, nothing, absent},
    SlurmOption{"immediate", 'I', absent, maybe},
    SlurmOption{"input", 'i', value, value},
    SlurmOption{"interactive", no_letter, absent, nothing},
    SlurmOption{"job-name", 'J', value, value},
    SlurmOption{"jobid", no_letter, absent, value},
    SlurmOption{"kill-on-bad-exit", 'K', absent, maybe},
    SlurmOption{"kill-on-invalid-dep", no_letter, value, absent},
    SlurmOption{"label", 'l', absent, nothing},
    SlurmOption{"licenses", 'L', value, value},
    SlurmOption{"mail-type", no_letter, value, value},
    SlurmOption{"mail-user", no_letter, value, value},
    SlurmOption{"mcs-label", no_letter, value, value},
    SlurmOption{"mem", no_letter, value, value},
    SlurmOption{"mem-bind", no_letter, value, value},
    SlurmOption{"mem-per-cpu", no_letter, value, value},
    SlurmOption{"mem-per-gpu", no_letter, value, value},
    SlurmOption{"mincpus", no_letter, value, value},
    SlurmOption{"mpi", no_letter, absent, value},
    SlurmOption{"msg-timeout", no_letter, absent, value},
    SlurmOption{"multi-prog", no_letter, absent, nothing},
    SlurmOption{"network", no_letter, value, value},
    SlurmOption{"nice", no_letter, maybe, maybe},
    SlurmOption{"no-allocate", 'Z', absent, nothing},
    SlurmOption{"no-kill", 'k', maybe, maybe},
    SlurmOption{"no-requeue", no_letter, nothing, absent},
    SlurmOption{"nodefile", 'F', value, value},
    SlurmOption{"nodelist", 'w', value, value},
    SlurmOption{"nodes", 'N', value, value},
    SlurmOption{"ntasks", 'n', value, value},
    SlurmOption{"ntasks-per-core", no_letter, value, value},
    SlurmOption{"ntasks-per-gpu", no_letter, value, value},
    SlurmOption{"ntasks-per-node", no_letter, value, value},
    SlurmOption{"ntasks-per-socket", no_letter, value, value},
    SlurmOption{"ntasks-per-tres", no_letter, value, value},
    SlurmOption{"open-mode", no_letter, value, value},
    SlurmOption{"output", 'o', value, value},
    SlurmOption{"overcommit", 'O', nothing, nothing},
    SlurmOption{"overlap", no_letter, absent, maybe},
    SlurmOption{"oversubscribe", 's', nothing, nothing},
    SlurmOption{"pack-group", no_letter, absent, value},
    SlurmOption{"parsable", no_letter, nothing, absent},
    SlurmOption{"partition", 'p', value, value},
    SlurmOption{"power", no_letter, value, value},
    SlurmOption{"prefer", no_letter, value, value},
    SlurmOption{"preserve-env", 'E', absent, nothing},
    SlurmOption{"priority", no_letter, value, value},
    SlurmOption{"profile", no_letter, value, value},
    SlurmOption{"prolog", no_letter, absent, value},
    SlurmOption{"propagate", no_letter, maybe, maybe},
    SlurmOption{"pty", no_letter, absent, nothing},
    SlurmOption{"qos", 'q', value, value},
    SlurmOption{"quiet", 'Q', nothing, nothing},
    SlurmOption{"quit-on-interrupt", no_letter, absent, nothing},
    SlurmOption{"reboot", no_letter, nothing, nothing},
    SlurmOption{"relative", 'r', absent, value},
    SlurmOption{"requeue", no_letter, nothing, absent},
    SlurmOption{"reservation", no_letter, value, value},
    SlurmOption{"resv-ports", no_letter, absent, maybe},
    SlurmOption{"send-libs", no_letter, absent, maybe},
    SlurmOption{"signal", no_letter, value, value},
    SlurmOption{"slurmd-debug", no_letter, absent, value},
    SlurmOption{"sockets-per-node", no_letter, value, value},
    SlurmOption{"spread-job", no_letter, nothing, nothing},
    SlurmOption{"switches", no_letter, value, value},
    SlurmOption{"task-epilog", no_letter, absent, value},
    SlurmOption{"task-prolog", no_letter, absent, value},
    SlurmOption{"tasks-per-node", no_letter, value, value},
    SlurmOption{"test-only", no_letter, nothing, nothing},
    SlurmOption{"thread-spec", no_letter, value, value},
    SlurmOption{"threads", 'T', absent, value},
    SlurmOption{"threads-per-core", no_letter, value, value},
    SlurmOption{"time", 't', value, value},
    SlurmOption{"time-min", no_letter, value, value},
    SlurmOption{"tmp", no_letter, value, value},
    SlurmOption{"uid", no_letter, value, value},
    SlurmOption{"unbuffered", 'u', absent, nothing},
    SlurmOption{"usage", no_letter, nothing, nothing},
    SlurmOption{"use-min-nodes", no_letter, nothing, nothing},
    SlurmOption{"verbose", 'v', nothing, nothing},
    SlurmOption{"version", 'V', nothing, nothing},
    SlurmOption{"wait", 'W', nothing, value},
    SlurmOption{"wait-all-nodes", no_letter, value, absent},
    SlurmOption{"wckey", no_letter, value, value},
    SlurmOption{"whole", no_letter, absent, nothing},
    SlurmOption{"wrap", no_letter, value, absent},
};

// sbatch(1), "INPUT ENVIRONMENT VARIABLES".
constexpr std::array variables{
    SbatchVariable{"SBATCH_ACCOUNT", "account"},
    SbatchVariable{"SBATCH_ACCTG_FREQ", "acctg-freq"},
    SbatchVariable{"SBATCH_ARRAY_INX", "array"},
    SbatchVariable{"SBATCH_BATCH", "batch"},
    SbatchVariable{"SBATCH_BURST_BUFFER", "bb"},
    SbatchVariable{"SBATCH_CLUSTERS", "clusters"},
    SbatchVariable{"SBATCH_CLUSTER_CONSTRAINT", "cluster-constraint"},
    SbatchVariable{"SBATCH_CONSTRAINT", "constraint"},
    SbatchVariable{"SBATCH_CONTAINER", "container"},
    SbatchVariable{"SBATCH_CORE_SPEC", "core-spec"},
    SbatchVariable{"SBATCH_CPUS_PER_GPU", "cpus-per-gpu"},
    SbatchVariable{"SBATCH_CPU_FREQ_REQ", "cpu-freq"},
    SbatchVariable{"SBATCH_DEBUG", "verbose"},
    SbatchVariable{"SBATCH_DELAY_BOOT", "delay-boot"},
    SbatchVariable{"SBATCH_DISTRIBUTION", "distribution"},
    SbatchVariable{"SBATCH_ERROR", "error"},
    SbatchVariable{"SBATCH_EXCLUSIVE", "exclusive"},
    SbatchVariable{"SBATCH_EXPORT", "export"},
    SbatchVariable{"SBATCH_GET_USER_ENV", "get-user-env"},
    SbatchVariable{"SBATCH_GPUS", "gpus"},
    SbatchVariable{"SBATCH_GPUS_PER_NODE", "gpus-per-node"},
    SbatchVariable{"SBATCH_GPUS_PER_SOCKET", "gpus-per-socket"},
    SbatchVariable{"SBATCH_GPUS_PER_TASK", "gpus-per-task"},
    SbatchVariable{"SBATCH_GPU_BIND", "gpu-bind"},
    SbatchVariable{"SBATCH_GPU_FREQ", "gpu-freq"},
    SbatchVariable{"SBATCH_GRES", "gres"},
    SbatchVariable{"SBATCH_GRES_FLAGS", "gres-flags"},
    SbatchVariable{"SBATCH_HINT", "hint"},
    SbatchVariable{"SBATCH_INPUT", "input"},
    SbatchVariable{"SBATCH_JOB_NAME", "job-name"},
    SbatchVariable{"SBATCH_MEM_BIND", "mem-bind"},
    SbatchVariable{"SBATCH_MEM_PER_CPU", "mem-per-cpu"},
    SbatchVariable{"SBATCH_MEM_PER_GPU", "mem-per-gpu"},
    SbatchVariable{"SBATCH_MEM_PER_NODE", "mem"},
    SbatchVariable{"SBATCH_NETWORK", "network"},
    SbatchVariable{"SBATCH_NO_KILL", "no-kill"},
    SbatchVariable{"SBATCH_NO_REQUEUE", "no-requeue"},
    SbatchVariable{"SBATCH_OPEN_MODE", "open-mode"},
    SbatchVariable{"SBATCH_OUTPUT", "output"},
    SbatchVariable{"SBATCH_OVERCOMMIT", "overcommit"},
    SbatchVariable{"SBATCH_PARTITION", "partition"},
    SbatchVariable{"SBATCH_POWER", "power"},
    SbatchVariable{"SBATCH_PROFILE", "profile"},
    SbatchVariable{"SBATCH_QOS", "qos"},
    SbatchVariable{"SBATCH_REQUEUE", "requeue"},
    SbatchVariable{"SBATCH_RESERVATION", "reservation"},
    SbatchVariable{"SBATCH_SIGNAL", "signal"},
    SbatchVariable{"SBATCH_SPREAD_JOB", "spread-job"},
    SbatchVariable{"SBATCH_THREADS_PER_CORE", "threads-per-core"},
    SbatchVariable{"SBATCH_THREAD_SPEC", "thread-spec"},
    SbatchVariable{"SBATCH_TIMELIMIT", "time"},
    SbatchVariable{"SBATCH_USE_MIN_NODES", "use-min-nodes"},
    SbatchVariable{"SBATCH_WAIT", "wait"},
    SbatchVariable{"SBATCH_WAIT_ALL_NODES", "wait-all-nodes"},
    SbatchVariable{"SBATCH_WCKEY", "wckey"},
    SbatchVariable{"SLURM_CLUSTERS", "clusters"},
    SbatchVariable{"SLURM_HINT", "hint"},
};

}  // namespace

const SlurmOption* slurm_option(SlurmCommand command, char letter) {
  if (letter == no_letter) return nullptr;
  const auto* const found = std::find_if(options.begin(), options.end(), [&](const SlurmOption& o) {
    return o.letter == letter && o.takes(command) != absent;
  });
  return found == options.end() ? nullptr : found;
}

const SlurmOption* slurm_option(SlurmCommand command, std::string_view name) {
  const auto* const found = std::find_if(options.begin(), options.end(), [&](const SlurmOption& o) {
    return o.name == name && o.takes(command) != absent;
  });
  return found == options.end() ? nullptr : found;
}

OptionMatch match_slurm_option(SlurmCommand command, std::string_view prefix) {
  OptionMatch match;
  match.option = slurm_option(command, prefix);
  if (match.option != nullptr || prefix.empty()) return match;
  for (const SlurmOption& option : options) {
    if (option.takes(command) == absent || option.name.substr(0, prefix.size()) != prefix) continue;
    match.option = &option;
    match.candidates.emplace_back(option.name);
  }
  if (match.candidates.size() > 1) {
    match.option = nullptr;
  } else {
    match.candidates.clear();
  }
  return match;
}

std::vector<std::string> slurm_option_names(SlurmCommand command) {
  std::vector<std::string> names;
  for (const SlurmOption& option : options) {
    if (option.takes(command) != absent) names.emplace_back(option.name);
  }
  return names;
}

bool is_ignored_in_scripts(const SlurmOption& option) {
  constexpr std::array<std::string_view, 6> ignored{"help",    "quiet",   "usage",
                                                    "verbose", "version", "wrap"};
  return std::find(ignored.begin(), ignored.end(), option.name) != ignored.end();
}

bool is_carried_over(std::string_view option) {
  constexpr std::array<std::string_view, 6> carried{"account", "job-name", "mem",
                                                    "signal",  "time",     "time-min"};
  return std::find(carried.begin(), carried.end(), option) != carried.end();
}

std::vector<SbatchVariable> sbatch_variables() { return {variables.begin(), variables.end()}; }

}  // namespace mpisize
