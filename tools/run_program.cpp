#include "run_program.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "as_given.hpp"
#include "errors.hpp"
#include "helpers.hpp"
#include "history_keeper.hpp"
#include "linkage.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/counter_file.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/write/history_text.hpp"
#include "mpisize/write/program_text.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "planned_launch.hpp"
#include "print.hpp"
#include "program_request.hpp"
#include "program_sampling.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

Machine machine_for(const Facts& facts, const Common& common, const Talk& talk) {
  if (const auto machine = named_machine(facts.machine, common.topology)) return *machine;
  return machine_here(talk);
}

/// What earlier runs of the same program say.
struct Earlier {
  std::vector<HistoryEntry> entries;  ///< Newest first.
  std::vector<ProgramRun> runs;       ///< To their end.
};

Earlier earlier_runs(const HistoryKeeper& history, const Program& program, const Machine& machine) {
  Earlier earlier;
  earlier.entries = history.runs_of(program, machine.fingerprint);
  for (const HistoryEntry& entry : earlier.entries) {
    if (is_whole(entry) && entry.seen) earlier.runs.push_back(*entry.seen);
  }
  return earlier;
}

HistoryEntry entry_of(const Program& program, const Machine& machine, RunKind kind,
                      const ProgramRun& run, std::vector<std::string> line) {
  HistoryEntry entry;
  entry.program = program;
  entry.machine = machine.fingerprint;
  entry.host = host_name();
  entry.mpi = machine.mpi;
  entry.kind = kind;
  entry.ranks = run.ranks;
  entry.nodes = run.nodes;
  entry.threads_per_rank = run.threads_per_rank;
  entry.launch_line = std::move(line);
  entry.seen = run;
  return entry;
}

ProgramEnding ending_of(const ChildRun& child) {
  ProgramEnding ending;
  ending.status = child.status;
  ending.signal = child.signal;
  return ending;
}

void keep_samples(HistoryKeeper& history, const SampledProgram& sampled, const Machine& machine,
                  const ChildLine& child) {
  for (const ProgramSample& sample : sampled.samples) {
    const bool cut_off = sample.child.stopped;
    if (cut_off && !sample.stretch) continue;
    HistoryEntry entry = entry_of(sampled.file.program, machine, RunKind::sample,
                                  cut_off ? *sample.stretch : sample.run, child.argv);
    entry.ending = ending_of(sample.child);
    history.keep(entry);
  }
}

ProgramFile sampled_or_read(const RunOptions& options, const ChildLine& child,
                            const Machine& machine, HistoryKeeper& history, SpooledInput& input,
                            const Talk& talk, std::optional<SampledProgram>& sampled) {
  if (options.facts.program) {
    return program_file_from_json(read_file(*options.facts.program), *options.facts.program);
  }
  ProgramSampling sampling;
  sampling.child = child;
  sampling.rules = options.facts.samples;
  sampling.wanted = options.facts.sample_ranks;
  sampling.planning = options.planning;
  sampling.machine = machine;
  const Earlier earlier =
      earlier_runs(history, program_of(child, sampling.rules.arguments), machine);
  sampling.known = earlier.runs;
  sampling.residuals = residuals(earlier.entries);
  sampled = sample_program(sampling, input, talk);
  keep_samples(history, *sampled, machine, child);
  for (const std::string& finding : sampled->findings) warn(talk, finding);
  return sampled->file;
}

/// Counters of the run that counts: where all of its hosts see them.
class RunCounters {
 public:
  RunCounters(bool wanted, const std::vector<PlacedNode>& placement) {
    if (!wanted) return;
    if (starts_elsewhere(placement) || placement.size() > 1) {
      directory_.emplace(fs::current_path());
    } else {
      directory_.emplace();
    }
  }
  void add_to(ChildLine& child) const {
    if (directory_) child = profiled(child, directory_->file(""));
  }
  [[nodiscard]] std::vector<RankUse> read() const {
    if (!directory_) return {};
    return read_counters(directory_->file(""));
  }
  /// All of them in one HDF5 file. Without HDF5 in this build there is none: the history has what
  /// the model needs.
  void merge_into(const fs::path& file) const {
    const auto merger = helper_if_there("mpisize-counters");
    if (!directory_ || !merger) return;
    Command command;
    command.argv = {merger->string(), directory_->file("").string(), file.string()};
    command.output = "/dev/null";
    command.input = false;
    static_cast<void>(run(command));  // it tells on stderr what it cannot do
  }

 private:
  std::optional<TemporaryDirectory> directory_;
};

int start(const RunOptions& options, const ChildLine& child, const Machine& machine,
          const ProgramChoice& choice, HistoryKeeper& history, SpooledInput& input,
          const ToLaunch& wanted, const Talk& talk) {
  const RunCounters counters(options.profile, wanted.placement);
  ChildLine counted = child;
  counters.add_to(counted);
  const PlannedLaunch launch = planned_launch(counted, wanted);
  Command command;
  command.argv = launch.argv;
  command.environment = launch.environment;
  input.give_to_run(command);
  const ChildRun done = run(command);

  ProgramRun seen;
  const ProgramConfig& config = choice.chosen.predicted.config;
  seen.ranks = config.ranks;
  seen.nodes = config.nodes;
  seen.threads_per_rank = config.threads;
  seen.wall = done.wall;
  try {
    seen.by_rank = counters.read();
  } catch (const InputError& error) {
    warn(talk, error.what());
  }
  if (seen.by_rank.size() != static_cast<std::size_t>(seen.ranks)) seen.by_rank.clear();
  const Program program = program_of(child);
  const auto earlier = history.runs_of(program, machine.fingerprint);
  HistoryEntry entry =
      entry_of(program, machine, RunKind::run, seen, planned_launch(child, wanted).argv);
  const ProgramPrediction& predicted = choice.chosen.predicted;
  if (!predicted.per_repetition && !predicted.refusal && !options.facts.samples.arguments) {
    entry.predicted = predicted.total;
  }
  entry.ending = ending_of(done);
  say(talk, "\n" + describe_outcome(entry, earlier));
  const auto id = history.keep(entry);
  if (id && !seen.by_rank.empty()) counters.merge_into(history.beside(*id, ".h5"));
  return done.exit_code();
}

}  // namespace

bool is_whole_program(const Facts& facts, const ChildLine& child) {
  if (facts.program) return true;
  if (facts.plan || facts.kernel) return false;
  return linkage_of(child.mpirun.program.front()) != Linkage::linked;
}

std::optional<int> run_program(const RunOptions& options, const ChildLine& child,
                               const std::vector<LaunchFinding>& told, SpooledInput& input,
                               const Talk& talk) try {
  check_wishes(options.planning, child.mpirun.program.front());
  const Machine machine = machine_for(options.facts, options.common, talk);
  HistoryKeeper history(talk);
  std::optional<SampledProgram> sampled;
  const ProgramFile file = sampled_or_read(options, child, machine, history, input, talk, sampled);
  if (sampled && sampled->calls_mpisize) return std::nullopt;
  if (sampled && !sampled->calls_mpi) {
    note(talk, fmt::format("'{}' never calls MPI_Init, so it is not sized but started as you "
                           "wrote it",
                           child.mpirun.program.front()));
    return start_as_given(options, child, talk);
  }
  const ProgramDecision decided =
      decide(file, machine, options.planning,
             residuals(history.runs_of(program_of(child), machine.fingerprint)), options.common);
  check_feasible(decided.choice);
  const bool threaded = file.threads.size() > 1 || options.planning.program.threads;
  const ToLaunch wanted = launch_of(decided.choice.chosen.predicted.config, machine, threaded);
  const PlannedLaunch launch = planned_launch(child, wanted);
  if (options.dry_run && options.common.json) {
    print(to_json(decided));
    return 0;
  }
  say(talk, "\n" + describe(decided, options.common.explain));
  say_launch(launch, told, talk);
  if (options.dry_run) {
    print(printed(launch) + "\n");
    return 0;
  }
  if (options.output) write_file(*options.output, to_json(file));
  return start(options, child, machine, decided.choice, history, input, wanted, talk);
} catch (const SamplesFailed& failed) {
  if (!failed.words().empty()) say(talk, failed.words() + "\n");
  say_error(talk, failed.what());
  return failed.exit_code();
}

}  // namespace mpisize::tools
