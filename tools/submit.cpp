#include <fmt/format.h>

#include <filesystem>

#include "commands.hpp"
#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/report.hpp"
#include "partition_planning.hpp"
#include "plan_json.hpp"
#include "planning.hpp"
#include "print.hpp"
#include "submit_script.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// "job.sbatch" has its plan in "job.plan.json".
fs::path plan_beside(const fs::path& script) {
  fs::path plan = script;
  plan.replace_extension(".plan.json");
  return fs::absolute(plan);
}

JobScript job_for(const SubmitOptions& options, const ChildLine& child, const Decision& decision,
                  const fs::path& plan_file) {
  JobScript job;
  job.job_name = options.job_name.value_or(
      child.mpirun.program.empty() ? ""
                                   : fs::path(child.mpirun.program.front()).filename().string());
  job.choice = decision.plan.choice;
  if (decision.launched_ranks > job.choice.plan.layout.ranks()) {
    job.choice.plan.verdict = Verdict::parallel;  // in Slurm's eyes: the ranks left out wait
    job.choice.plan.layout.rank_count = decision.launched_ranks;
  }
  job.program = child.mpirun.program;
  job.launcher = options.launcher;
  if (child.wrapped) job.launcher_path = child.mpirun.launcher;
  job.launcher_options = child.mpirun.options;
  job.launch = launch_time(decision.machine.launch, job.choice.plan.layout.nodes,
                           job.choice.plan.layout.ranks());
  if (decision.kernel) {
    job.before_call = decision.kernel->before_call;
    job.rank_memory = decision.kernel->rank_memory;
    job.root_memory = decision.kernel->root_memory;
  }
  job.plan_path = plan_file.string();
  job.partition = options.partition;
  job.account = options.account;
  place(job, decision, options.planning, options.cluster);
  return job;
}

Decision decide_for(const SubmitOptions& options, const ChildLine& child, const Talk& talk) {
  // Where nothing is sampled the program may be on the cluster only.
  if (!options.facts.plan && !options.facts.kernel) check_can_start(child);
  SpooledInput input;
  if (plans_on_cluster(options.cluster)) {
    return decide_on_cluster(child, options.facts, options.planning, options.cluster,
                             options.common, input, talk);
  }
  Decision decision = decide(child, options.facts, options.planning, options.common, input, talk);
  check_feasible(decision.plan.choice);
  return decision;
}

int change_script(const SubmitOptions& options, const ChildLine& child, const Talk& talk) {
  const ScriptFile file = read_script(*options.script);
  check_patchable(options, file);
  const Decision decision = decide_for(options, child, talk);
  const fs::path plan_file =
      options.facts.plan ? fs::absolute(*options.facts.plan) : plan_beside(*options.script);
  say(talk, describe(decision.plan.choice, options.common.explain));
  return patch_script(options, file, job_for(options, child, decision, plan_file), decision.plan,
                      talk);
}

int write_script(const SubmitOptions& options, const ChildLine& child, const Talk& talk) {
  if (child.wrapped && options.launcher == Launcher::srun) {
    throw UsageError(
        "--launcher srun cannot keep options of mpirun; write the program alone after --");
  }
  const fs::path plan_file =
      options.facts.plan ? fs::absolute(*options.facts.plan) : plan_beside(options.output);
  if (!options.dry_run) {
    check_writable(options.output);
    if (!options.facts.plan) check_writable(plan_file);
  }
  const Decision decision = decide_for(options, child, talk);
  const JobScript job = job_for(options, child, decision, plan_file);
  const std::string script = render(job);
  say(talk, describe(decision.plan.choice, options.common.explain));

  if (!options.dry_run) {
    if (!options.facts.plan) write_file(plan_file, to_json(decision.plan));
    write_file(options.output, script);
  }
  if (options.common.json) {
    PlanExtras extras;
    extras.program = whole_program(decision.machine, job.before_call, job.choice,
                                   job.choice.plan.layout.ranks());
    extras.script_file = options.output;
    extras.partitions = decision.partitions;
    if (options.dry_run) extras.script = script;
    extras.plan_file = plan_file.string();
    print(to_json(decision.plan, extras));
  } else {
    print(options.dry_run ? script : options.output + "\n");
  }
  return 0;
}

}  // namespace

int command(const SubmitOptions& options, const Talk& talk) {
  const ChildLine child = options.child.empty() ? ChildLine() : read_child(options.child);
  if (!options.child.empty()) check_can_be_sized(child);
  return options.script ? change_script(options, child, talk) : write_script(options, child, talk);
}

}  // namespace mpisize::tools
