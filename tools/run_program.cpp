#include "run_program.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "as_given.hpp"
#include "errors.hpp"
#include "helpers.hpp"
#include "history_keeper.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/counter_file.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/history_id.hpp"
#include "mpisize/write/history_text.hpp"
#include "planned_launch.hpp"
#include "plot.hpp"
#include "print.hpp"
#include "program_request.hpp"
#include "program_sample.hpp"
#include "program_sampling.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

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

/// What is to be sampled, with what earlier runs of the same program say.
ProgramSampling sampling_of(const RunOptions& options, const ChildLine& child,
                            const Machine& machine, const Program& program,
                            const HistoryKeeper& history,
                            const std::vector<HistoryEntry>& earlier) {
  ProgramSampling sampling;
  sampling.child = child;
  sampling.program = program;
  sampling.rules = options.facts.samples;
  sampling.wanted = options.facts.sample_ranks;
  sampling.planning = options.planning;
  sampling.machine = machine;
  std::vector<HistoryEntry> of_samples = earlier;
  if (sampling.rules.arguments) {
    sampling.program.arguments = *sampling.rules.arguments;
    of_samples = history.runs_of(sampling.program, machine.fingerprint);
  }
  for (const HistoryEntry& entry : of_samples) {
    if (is_whole(entry)) sampling.known.push_back(*entry.seen);
  }
  sampling.residuals = residuals(of_samples);
  return sampling;
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
  /// The child with the layer that counts, if that is wanted.
  [[nodiscard]] ChildLine counted(const ChildLine& child) const {
    return directory_ ? profiled(child, directory_->file("")) : child;
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

/// What is started, and what was expected of it.
struct Sized {
  ChildLine child;
  Program program;
  Machine machine;
  std::vector<HistoryEntry> earlier;  ///< Of the program, newest first.
  ProgramPrediction predicted;
  ToLaunch launch;
  std::vector<std::string> line;  ///< Without the counters.
};

ProgramRun seen_of(const Sized& sized, const MeteredRun& done, const RunCounters& counters,
                   const Talk& talk) {
  ProgramRun seen;
  const ProgramConfig& config = sized.predicted.config;
  seen.ranks = config.ranks;
  seen.nodes = config.nodes;
  seen.threads_per_rank = config.threads;
  seen.wall = done.child.wall;
  seen.energy = done.energy;
  try {
    seen.by_rank = counters.read();
  } catch (const InputError& error) {
    warn(talk, error.what());
  }
  if (seen.by_rank.size() != static_cast<std::size_t>(seen.ranks)) seen.by_rank.clear();
  return seen;
}

int start(const RunOptions& options, const Sized& sized, HistoryKeeper& history,
          SpooledInput& input, const Talk& talk) {
  const RunCounters counters(options.profile, sized.launch.placement);
  const PlannedLaunch launch = planned_launch(counters.counted(sized.child), sized.launch);
  Command command;
  command.argv = launch.argv;
  command.environment = launch.environment;
  input.give_to_run(command);
  const std::string started = utc_now();
  const MeteredRun metered = run_on_a_meter(command, sized.child, sized.launch);
  const ChildRun& done = metered.child;

  const ProgramRun seen = seen_of(sized, metered, counters, talk);
  HistoryEntry entry = entry_of(sized.program, sized.machine, RunKind::run, seen, sized.line);
  entry.time = started;
  const ProgramPrediction& predicted = sized.predicted;
  if (!predicted.per_repetition && !predicted.refusal && !options.facts.samples.arguments) {
    entry.predicted = predicted.total;
  }
  entry.ending = ending_of(done);
  say(talk, "\n" + describe_outcome(entry, sized.earlier));
  const auto id = history.keep(entry);
  entry.id = id.value_or("");
  if (options.report) write_file(*options.report, to_json(entry));
  if (id && !seen.by_rank.empty()) counters.merge_into(history.beside(*id, ".h5"));
  return done.exit_code();
}

}  // namespace

bool is_whole_program(const Facts& facts, ChildLine& child) {
  if (facts.program) return true;
  if (facts.plan || facts.kernel) return false;
  child.linkage = linkage_of(child);
  return child.linkage != Linkage::linked;
}

std::optional<int> run_program(const RunOptions& options, const ChildLine& child,
                               const std::vector<LaunchFinding>& told, SpooledInput& input,
                               const Talk& talk) try {
  check_wishes(options.planning, child.mpirun.program.front());
  HistoryKeeper history(talk);
  Sized sized;
  sized.child = child;
  sized.program = program_of(child);
  sized.machine = machine_for(options.facts.machine, options.common.topology, talk);
  sized.earlier = history.runs_of(sized.program, sized.machine.fingerprint);
  ProgramFile file;
  if (options.facts.program) {
    file = program_file_from_json(read_file(*options.facts.program), *options.facts.program);
  } else {
    SampledProgram sampled = sample_program(
        sampling_of(options, child, sized.machine, sized.program, history, sized.earlier), input,
        talk);
    keep_samples(history, sampled, sized.machine, child);
    for (const std::string& finding : sampled.findings) warn(talk, finding);
    if (sampled.calls_mpisize) return std::nullopt;
    if (!sampled.calls_mpi) {
      note(talk, fmt::format("'{}' never calls MPI_Init, so it is not sized but started as you "
                             "wrote it",
                             child.mpirun.program.front()));
      return start_as_given(options, child, talk);
    }
    file = std::move(sampled.file);
  }
  const ProgramDecision decided =
      decide(file, sized.machine, options.planning, residuals(sized.earlier), options.common);
  check_feasible(decided.choice);
  sized.predicted = decided.choice.chosen.predicted;
  const bool threaded = file.threads.size() > 1 || options.planning.program.threads;
  sized.launch = launch_of(sized.predicted.config, sized.machine, threaded);
  const PlannedLaunch launch = planned_launch(child, sized.launch);
  sized.line = launch.argv;
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
  if (options.plot) draw(*options.plot, file, decided);
  return start(options, sized, history, input, talk);
} catch (const SamplesFailed& failed) {
  if (!failed.words().empty()) say(talk, failed.words() + "\n");
  say_error(talk, failed.what());
  return failed.exit_code();
}

}  // namespace mpisize::tools
