#include "sized_job.hpp"

#include <algorithm>
#include <utility>

#include "errors.hpp"
#include "history_keeper.hpp"
#include "machine_facts.hpp"
#include "map_child.hpp"
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
  job.time_limit = options.time;
  if (!options.requeue) return;
  if (!options.journal) {
    throw UsageError(
        "--requeue needs a journal, from which the job goes on; name the one that the program "
        "keeps with --journal FILE");
  }
  job.resume.emplace().journal = *options.journal;
}

/// Time that ranks need to finish what they have begun: a chunk, and an item that may be long.
Seconds time_to_stop(const KernelProfile& kernel, const Plan& plan) {
  constexpr Seconds least{30};
  constexpr Seconds most{600};
  constexpr double margin = 1.5;
  Seconds sum;
  Seconds longest;
  double items = 0;
  for (const ItemSample& sample : kernel.samples) {
    const auto count = static_cast<double>(std::max<std::int64_t>(1, sample.count));
    sum += sample.time;
    items += count;
    longest = std::max(longest, sample.time / count);
  }
  if (items == 0) return least;
  const Seconds mean = sum / items;
  const auto chunk = static_cast<double>(std::max<std::int64_t>(1, plan.pattern.chunk));
  return std::clamp(margin * (longest + chunk * mean), least, most);
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

/// Of a program linked with mpisize; `sampled` is what is sampled in its place.
SizedJob linked_job(const SubmitOptions& options, const ChildLine& child, const ChildLine& sampled,
                    const fs::path& script_file, SpooledInput& input, const Talk& talk) {
  const Decision decision =
      plans_on_cluster(options.cluster)
          ? decide_on_cluster(sampled, options.facts, options.planning, options.cluster,
                              options.common, input, talk)
          : decide(sampled, options.facts, options.planning, options.common, input, talk);
  check_feasible(decision.plan.choice);
  SizedJob sized;
  JobScript& job = sized.script;
  job = call_job(decision.plan.choice, decision.launched_ranks, decision.machine, decision.kernel);
  add_wishes(options, child, job);
  if (job.resume && decision.kernel) {
    job.resume->stop = time_to_stop(*decision.kernel, job.choice.plan);
  }
  place(job, decision, options.planning, options.cluster);
  job.plan_path =
      (options.facts.plan ? fs::absolute(*options.facts.plan) : plan_beside(script_file)).string();
  if (!options.facts.plan) sized.plan = mpisize::to_json(decision.plan);
  PlanExtras extras;
  extras.program =
      whole_program(decision.machine, job.before_call, job.choice, job.choice.plan.layout.ranks());
  sized.words = describe(decision.plan.choice, options.common.explain);
  sized.json = to_json(decision.plan, extras);
  if (decision.partitions) sized.json = with_partitions(sized.json, *decision.partitions);
  add_entry(child, decision.machine, extras.program->total, talk, sized);
  return sized;
}

/// `mpisize map` plans as it runs, by samples that are part of its work: it is told its ranks
/// alone.
SizedJob map_job(const SubmitOptions& options, const ChildLine& child, const MapJob& map,
                 const fs::path& script_file, SpooledInput& input, const Talk& talk) {
  SubmitOptions wishes = options;
  wishes.planning = with_wishes_of(map, options.planning);
  if (options.journal) throw UsageError("--journal is an option of mpisize map; write it there");
  if (options.launcher == Launcher::srun) {
    throw UsageError("mpisize map starts its ranks by mpirun; leave out --launcher srun");
  }
  if (!map.journal.empty()) wishes.journal = map.journal;
  if (!options.job_name) wishes.job_name = "mpisize-map";
  const MapSample sample(map);
  try {
    SizedJob sized = linked_job(wishes, child, sample.child(), script_file, input, talk);
    JobScript& job = sized.script;
    job.launcher = Launcher::own;
    job.program = map_line(child, map, job.choice.plan.layout.ranks());
    if (job.resume && !map.replace) job.resume->result = file_of(map.output);
    job.plan_path.reset();
    sized.plan.reset();
    return sized;
  } catch (const InputError&) {
    if (const auto words = sample.complaint()) throw InputError(*words);
    throw;
  }
}

/// Empty: a sample has shown that it is linked with mpisize.
std::optional<SizedJob> whole_job(const SubmitOptions& options, const ChildLine& child,
                                  SpooledInput& input, const Talk& talk) {
  check_wishes(options.planning, child.mpirun.program.front());
  const Machine machine = machine_for(options.facts.machine, options.common.topology, talk);
  const auto file = program_runs(options.facts, options.planning, child, machine, input, talk);
  if (!file) return std::nullopt;
  std::optional<PlacedProgram> placed;
  if (plans_on_cluster(options.cluster)) {
    placed = place_program(machine, *file, options.planning, options.cluster, options.common, talk);
    check_feasible(placed->partitions);
  }
  const ProgramDecision decision =
      placed ? placed->decision : decide(*file, machine, options.planning, {}, options.common);
  check_feasible(decision.choice);
  const ProgramPrediction& predicted = decision.choice.chosen.predicted;
  if (predicted.per_repetition && !options.time) {
    throw UsageError(
        "the runs were cut off, so that the time of one repetition is known and not that of the "
        "whole program; give the limit of the job with --time, such as 2h");
  }
  SizedJob sized;
  sized.script = program_job(decision.choice);
  if (predicted.per_repetition) sized.script.choice.predicted.total = Interval();
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
  add_entry(child, machine, predicted.total, talk, sized);
  if (predicted.per_repetition) sized.entry.predicted.reset();
  return sized;
}

}  // namespace

SizedJob size_job(const SubmitOptions& options, ChildLine& child, const fs::path& script_file,
                  const Talk& talk) {
  SpooledInput input;
  if (const auto map = child.argv.empty() ? std::nullopt : read_map(child)) {
    return map_job(options, child, *map, script_file, input, talk);
  }
  const bool measured = !options.facts.plan && !options.facts.kernel && !options.facts.program;
  if (measured) check_can_start(child);
  if (options.facts.program || (measured && is_whole_program(options.facts, child))) {
    if (auto sized = whole_job(options, child, input, talk)) return *std::move(sized);
  }
  return linked_job(options, child, child, script_file, input, talk);
}

}  // namespace mpisize::tools
