#include <fmt/format.h>

#include <algorithm>

#include "mpisize/write/lint_rules.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize::lint_rules {
namespace {

/// What a component gives to a launch line; empty where the script does not say.
struct Granted {
  std::optional<std::int64_t> tasks;
  std::optional<std::int64_t> nodes;
  std::optional<std::int64_t> per_node;
  std::int64_t cpus = 1;
};

Granted granted_by(const Component& component) {
  const auto count = [&](std::string_view option) -> std::optional<std::int64_t> {
    const auto value = effective_value(component, option);
    return value ? read_slurm_count(*value) : std::nullopt;
  };
  Granted granted;
  const auto text = effective_value(component, "nodes");
  const auto nodes = text ? read_slurm_nodes(*text) : std::nullopt;
  if (nodes && nodes->least == nodes->most) granted.nodes = nodes->least;
  granted.per_node = count("ntasks-per-node");
  granted.tasks = count("ntasks");
  granted.cpus = count("cpus-per-task").value_or(1);
  // sbatch: tasks per node on each node, else a task a node, else one.
  if (!granted.tasks && effective(component, "ntasks") == nullptr) {
    const std::int64_t on_each = granted.per_node.value_or(1);
    if (effective(component, "nodes") == nullptr) {
      granted.tasks = on_each;
    } else if (granted.nodes) {
      granted.tasks = *granted.nodes * on_each;
    }
  }
  for (const char* const option : {"gpus-per-task", "ntasks-per-gpu", "ntasks-per-core",
                                   "ntasks-per-socket", "extra-node-info", "overcommit"}) {
    if (effective(component, option) != nullptr) granted.tasks.reset();
  }
  return granted;
}

class BodyRules {
 public:
  BodyRules(const SbatchScript& script, const ScriptBody& body, const LintOptions& options,
            Findings& findings)
      : script_(script), body_(body), options_(options), findings_(findings) {}

  void check(const Launch& launch) {
    const Component* const component = component_of(launch);
    if (component == nullptr) return;
    const Granted granted = granted_by(*component);
    for (const LaunchNumber& number : launch.numbers) {
      if (number.computed) {
        if (!is_slurms_own(number.role, number.text)) note_computed(number);
        continue;
      }
      const auto value = read_slurm_count(number.text);
      if (!value) continue;
      if (number.role == LaunchRole::ranks) check_ranks(launch, number, *value, granted);
      if (number.role == LaunchRole::nodes && granted.nodes && *value > *granted.nodes) {
        contradicts(number, fmt::format("the job has {} nodes", *granted.nodes));
      }
      if (number.role == LaunchRole::ranks_per_node && granted.per_node &&
          *value > *granted.per_node) {
        contradicts(number, fmt::format("the job has {} tasks a node", *granted.per_node));
      }
      if (number.role == LaunchRole::threads && *value > granted.cpus) {
        contradicts(number, fmt::format("a task has {} CPUs", granted.cpus));
      }
    }
    if (launch.launcher == Launcher::srun) check_srun(launch, granted);
  }

  /// Threads against the CPUs of a task.
  void check(const ShellAssignment& assignment) {
    if (assignment.name != "OMP_NUM_THREADS" || assignment.value.computed) return;
    if (script_.components.size() > 1) return;
    const auto threads = read_slurm_count(assignment.value.text);
    const std::int64_t cpus = granted_by(script_.components.front()).cpus;
    if (!threads || *threads == cpus) return;
    if (*threads < cpus) {
      findings_.add(Severity::note, "threads", assignment.value.line(),
                    fmt::format("OMP_NUM_THREADS={} leaves some of the {} CPUs of a task idle",
                                *threads, cpus),
                    "write export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK");
    } else {
      findings_.add(
          Severity::warning, "threads", assignment.value.line(),
          fmt::format("OMP_NUM_THREADS={} is more than the CPUs of a task: {}", *threads, cpus),
          fmt::format("add #SBATCH --cpus-per-task={}", *threads));
    }
  }

 private:
  [[nodiscard]] const Component* component_of(const Launch& launch) const {
    if (!launch.het_group) return &script_.components.front();
    for (std::size_t i = 0; i < script_.components.size(); ++i) {
      if (*launch.het_group == std::to_string(i)) return &script_.components[i];
    }
    return nullptr;
  }

  void contradicts(const LaunchNumber& number, const std::string& why) {
    findings_.add(Severity::warning, "launch-contradicts", number.line(),
                  fmt::format("{} {} is more than there is: {}", number.spelling, number.text, why),
                  "make both agree");
  }

  void note_computed(const LaunchNumber& number) {
    findings_.add(Severity::note, "computed-launch", number.line(),
                  fmt::format("{} is {}, which cannot be checked", number.spelling, number.text),
                  "use Slurm's own variables, such as $SLURM_NTASKS");
  }

  void check_ranks(const Launch& launch, const LaunchNumber& number, std::int64_t ranks,
                   const Granted& granted) {
    if (!granted.tasks || ranks <= *granted.tasks) return;
    if (launch.launcher == Launcher::mpirun && granted.cpus > 1) {
      // Open MPI issue 6020: "not enough slots".
      findings_.add(
          Severity::warning, "mpirun-slots", number.line(),
          fmt::format("mpirun has a slot per task, {} here, whatever --cpus-per-task is, and {} {} "
                      "needs more",
                      *granted.tasks, number.spelling, ranks),
          fmt::format("ask for --ntasks={}", ranks));
      return;
    }
    contradicts(number, fmt::format("the job has {} task{}", *granted.tasks,
                                    *granted.tasks == 1 ? "" : "s"));
  }

  void check_srun(const Launch& launch, const Granted& granted) {
    if (!launch.has_mpi && !body_.sets("SLURM_MPI_TYPE") &&
        !options_.environment.contains("SLURM_MPI_TYPE")) {
      findings_.add(Severity::note, "srun-mpi", launch.word.line,
                    "srun without --mpi takes the cluster's default, and Debian's Open MPI needs "
                    "pmix",
                    "write srun --mpi=pmix");
    }
    if (granted.cpus > 1 && launch.number(LaunchRole::threads) == nullptr &&
        !body_.sets("SRUN_CPUS_PER_TASK") && !options_.environment.contains("SRUN_CPUS_PER_TASK")) {
      findings_.add(Severity::warning, "srun-cpus", launch.word.line,
                    "srun of Slurm 22.05 and later does not take --cpus-per-task from sbatch: each "
                    "task gets 1 CPU",
                    "write srun --cpus-per-task=$SLURM_CPUS_PER_TASK");
    }
  }

  const SbatchScript& script_;
  const ScriptBody& body_;
  const LintOptions& options_;
  Findings& findings_;
};

/// Steps in the background that wait for each other: each takes all CPUs and all memory of the job
/// unless it is told otherwise (Slurm 20.11 and later; radical.pilot issue 2620).
void check_steps(const ScriptBody& body, Findings& findings) {
  std::vector<const Launch*> steps;
  for (const Launch& launch : body.launches) {
    if (launch.launcher == Launcher::srun && launch.in_background && !launch.may_share &&
        !launch.het_group) {
      steps.push_back(&launch);
    }
  }
  if (steps.size() < 2) return;
  for (const Launch* step : steps) {
    findings.add(Severity::note, "srun-serial", step->word.line,
                 "steps in the background run one after the other where each takes all CPUs or all "
                 "memory of the job",
                 "write srun --exact --mem=SIZE, or --overlap");
  }
}

}  // namespace

void check_body(const SbatchScript& script, const LintOptions& options, Findings& findings) {
  const ScriptBody body = read_body(script);
  BodyRules rules(script, body, options, findings);
  for (const Launch& launch : body.launches) rules.check(launch);
  for (const ShellAssignment& assignment : body.assignments) rules.check(assignment);
  check_steps(body, findings);
  for (const ScriptWord& launcher : body.computed_launchers) {
    findings.add(Severity::note, "computed-launch", launcher.line,
                 fmt::format("{} may start ranks, which cannot be checked", launcher.text),
                 "write the launcher out");
  }
}

}  // namespace mpisize::lint_rules
