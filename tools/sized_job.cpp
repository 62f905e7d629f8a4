#include "sized_job.hpp"

#include <utility>

#include "errors.hpp"
#include "history_keeper.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/write/partition_text.hpp"
#include "mpisize/write/program_job.hpp"
#include "mpisize/write/report.hpp"
#include "mpisize/write/thread_settings.hpp"
#include "partition_planning.hpp"
#include "plan_json.hpp"
#include "planning.hpp"
#include "program_request.hpp"
#include "program_sampling.hpp"
#include "run_program.hpp"
#include "slots.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// "job.sbatch" has its plan in "job.plan.json".
fs::path plan_beside(const fs::path& script) {
  fs::path plan = script;
  plan.replace_extension(".plan.json");
  return fs::absolute(plan);
}

/// The program may be on the cluster only.
Program program_there(const ChildLine& child) {
  try {
    return program_of(child);
  } catch (const StartError&) {
    const auto& words = child.mpirun.program;
    return {words.front(), {words.begin() + 1, words.end()}, fs::current_path().string(), ""};
  }
}

void add_wishes(const SubmitOptions& options, const ChildLine& child, JobScript& job) {
  const auto& program = child.mpirun.program;
  if (options.job_name || !program.empty()) {
    job.job_name = options.job_name.value_or(
        program.empty() ? "" : fs::path(program.front()).filename().string());
  }
  job.program = program;
  job.launcher = options.launcher;
  if (child.wrapped) job.launcher_path = child.mpirun.launcher;
  job.launcher_options = child.mpirun.options;
  job.partition = options.partition;
  job.account = options.account;
}

void add_entry(const ChildLine& child, const Machine& machine, const Interval& total,
               const Talk& talk, SizedJob& sized) {
  const Layout& layout = sized.script.choice.plan.layout;
  HistoryEntry& entry = sized.entry;
  if (!child.mpirun.program.empty()) entry.program = program_there(child);
  entry.machine = machine.fingerprint;
  entry.host = host_name();
  entry.mpi = machine.mpi;
  entry.ranks = layout.ranks();
  entry.nodes = layout.nodes;
  entry.threads_per_rank = layout.threads_per_rank;
  entry.launch_line = child.argv;
  entry.predicted = total;
  const auto earlier = HistoryKeeper(talk).runs_of(entry.program, entry.machine);
  sized.script.lessons = lessons_of(earlier, entry.ranks, entry.nodes, entry.threads_per_rank);
  for (const std::string& reason : sized.script.lessons.reasons) sized.words += reason + "\n";
}

SizedJob linked_job(const SubmitOptions& options, const ChildLine& child,
                    const fs::path& script_file, SpooledInput& input, const Talk& talk) {
  const Decision decision =
      plans_on_cluster(options.cluster)
          ? decide_on_cluster(child, options.facts, options.planning, options.cluster,
                              options.common, input, talk)
          : decide(child, options.facts, options.planning, options.common, input, talk);
  check_feasible(decision.plan.choice);
  SizedJob sized;
  JobScript& job = sized.script;
  add_wishes(options, child, job);
  job.choice = decision.plan.choice;
  if (decision.launched_ranks > job.choice.plan.layout.ranks()) {
    job.choice.plan.verdict = Verdict::parallel;  // in Slurm's eyes: the ranks left out wait
    job.choice.plan.layout.rank_count = decision.launched_ranks;
  }
  job.launch = launch_time(decision.machine.launch, job.choice.plan.layout.nodes,
                           job.choice.plan.layout.ranks());
  if (decision.kernel) {
    job.before_call = decision.kernel->before_call;
    job.rank_memory = decision.kernel->rank_memory;
    job.root_memory = decision.kernel->root_memory;
  }
  place(job, decision, options.planning, options.cluster);
  job.plan_path =
      (options.facts.plan ? fs::absolute(*options.facts.plan) : plan_beside(script_file)).string();
  if (!options.facts.plan) sized.plan = mpisize::to_json(decision.plan);
  PlanExtras extras;
  extras.program =
      whole_program(decision.machine, job.before_call, job.choice, job.choice.plan.layout.ranks());
  extras.partitions = decision.partitions;
  sized.words = describe(decision.plan.choice, options.common.explain);
  sized.json = to_json(decision.plan, extras);
  add_entry(child, decision.machine, extras.program->total, talk, sized);
  return sized;
}

/// Empty: a sample has shown that it is linked with mpisize.
std::optional<SizedJob> whole_job(const SubmitOptions& options, const ChildLine& child,
                                  SpooledInput& input, const Talk& talk) {
  check_wishes(options.planning, child.mpirun.program.front());
  const Machine machine = machine_for(options.facts.machine, options.common.topology, talk);
  const auto file = program_runs(options.facts, options.planning, child, machine, input, talk);
  if (!file) return std::nullopt;
  if (options.cluster.needs.array) {
    throw UsageError(
        "--array splits the items of a call of mpisize, and a whole program has none; leave it "
        "out");
  }
  std::optional<PlacedProgram> placed;
  if (options.cluster.choose) {
    placed = place_program(machine, *file, options.planning, options.cluster, options.common, talk);
    check_feasible(placed->partitions);
  }
  const ProgramDecision decision =
      placed ? placed->decision : decide(*file, machine, options.planning, {}, options.common);
  check_feasible(decision.choice);
  SizedJob sized;
  sized.script = program_job(decision.choice);
  add_wishes(options, child, sized.script);
  sized.script.needs = options.cluster.needs;
  if (placed) place(sized.script, placed->partitions, options.cluster.needs);
  if (file->threads.size() > 1 || options.planning.program.threads) {
    sized.script.environment = thread_settings(sized.script.choice.plan.layout.threads_per_rank,
                                               child.mpirun.options, current_environment())
                                   .set;
  }
  sized.words = describe(decision, options.common.explain);
  sized.json = to_json(decision);
  if (placed) {
    sized.words = describe(placed->partitions, options.common.explain) + sized.words;
    sized.json = with_partitions(sized.json, placed->partitions);
  }
  add_entry(child, machine, decision.choice.chosen.predicted.total, talk, sized);
  return sized;
}

}  // namespace

SizedJob size_job(const SubmitOptions& options, ChildLine& child, const fs::path& script_file,
                  const Talk& talk) {
  const bool measured = !options.facts.plan && !options.facts.kernel && !options.facts.program;
  if (measured) check_can_start(child);
  SpooledInput input;
  if (options.facts.program || (measured && is_whole_program(options.facts, child))) {
    if (auto sized = whole_job(options, child, input, talk)) return *std::move(sized);
  }
  return linked_job(options, child, script_file, input, talk);
}

}  // namespace mpisize::tools
