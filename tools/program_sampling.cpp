#include "program_sampling.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "confirm.hpp"
#include "errors.hpp"
#include "linkage.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/choose/next_run.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/grant.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/write/mpirun_said.hpp"
#include "mpisize/write/thread_settings.hpp"
#include "planning.hpp"
#include "program_request.hpp"
#include "sample_folders.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_counts = 4;
constexpr std::size_t most_samples = 16;
constexpr int own_failure = 125;

/// How many ranks samples may have: a few tell more than the machine full of them costs.
int most_sampled(const Machine& machine) {
  constexpr int small = 8;
  const int cores = granted_cores(machine);
  return std::min(cores, std::max(small, cores / small));
}

/// Worth trying: 1 and powers of two, the largest ones, up to the cores of a node.
std::vector<int> thread_counts(int cores) {
  constexpr std::size_t few = 3;
  std::vector<int> counts;
  for (int threads = 2; threads <= cores; threads *= 2) counts.push_back(threads);
  if (counts.size() > few) counts.erase(counts.begin(), counts.end() - few);
  counts.insert(counts.begin(), 1);
  return counts;
}

/// One program, sampled until it is known.
class Series {
 public:
  Series(const ProgramSampling& sampling, SpooledInput& input, const Talk& talk)
      : sampling_(sampling),
        input_(input),
        talk_(talk),
        folders_(sampling.rules.directory ? std::optional<fs::path>(*sampling.rules.directory)
                                          : std::nullopt),
        linkage_(linkage_of(sampling.child)),
        loads_libraries_(loads_libraries(sampling.child.mpirun.program.front())),
        wanted_(sampling.wanted) {
    std::sort(wanted_.rbegin(), wanted_.rend());
    result_.file.program = sampling.program;
    result_.file.machine = sampling.machine.fingerprint;
    result_.file.dealt = deals_ranks(sampling.child);
    const auto own = own_thread_settings(sampling.child.mpirun.options, current_environment());
    for (const auto& [name, value] : own) {
      if (name == "OMP_NUM_THREADS") own_threads_ = std::max(1, std::atoi(value.c_str()));
    }
    threads_known_ = own_threads_.has_value();
  }

  SampledProgram run() {
    announce();
    while (const auto config = next()) {
      take(*config);
      if (result_.calls_mpisize || !result_.calls_mpi) return std::move(result_);
    }
    check_that_one_ended();
    collect();
    return std::move(result_);
  }

 private:
  [[nodiscard]] Seconds left() const { return sampling_.rules.budget - (now() - started_); }

  void announce() {
    const std::string counts = wanted_.empty()
                                   ? fmt::format("up to {} ranks", most_sampled(sampling_.machine))
                                   : fmt::format("{} ranks", fmt::join(wanted_, ", "));
    const std::string text = fmt::format(
        "'{}' is not known to be linked with mpisize: it is started at most {} times on {}, within "
        "{} in all, to see how it scales. What it prints then goes to {}\n",
        sampling_.child.mpirun.program.front(), most_samples, counts, human(sampling_.rules.budget),
        folders_.base().string());
    if (sampling_.rules.yes || !can_ask(talk_)) {
      say(talk_, text);
    } else if (!confirm(talk_, text + "Go on?", true)) {
      throw UsageError("not sampled, as you say; --as-given starts the line as it is");
    }
    started_ = now();
  }

  [[nodiscard]] mpisize::Sampling limits() const {
    mpisize::Sampling limits;
    limits.most_ranks = most_sampled(sampling_.machine);
    limits.longest_run = left();
    limits.counts = wanted_.empty() ? most_counts : wanted_.size();
    return limits;
  }

  [[nodiscard]] ProgramConfig config_of(int ranks) const {
    return config_on(sampling_.machine, ranks, own_threads_.value_or(1), result_.file.dealt);
  }

  /// What the user wants; then what narrows the choice most, as long as the budget lasts.
  std::optional<ProgramConfig> next() {
    const std::size_t taken = result_.samples.size();
    if (taken >= most_samples || left() <= Seconds(0)) return std::nullopt;
    if (taken < wanted_.size()) return config_of(wanted_[taken]);
    const auto runs = comparable();
    if (runs.empty()) return wanted_.empty() ? untried() : std::nullopt;
    ProgramFile seen = result_.file;
    seen.runs = runs;
    const auto run = next_run(
        request_of(seen, sampling_.machine, sampling_.planning, sampling_.residuals), limits());
    // Counts that the user has named are the only ones.
    const bool named = !run || wanted_.empty() ||
                       std::count(wanted_.begin(), wanted_.end(), run->config.ranks) > 0;
    return run && named ? std::optional(run->config) : std::nullopt;
  }

  /// The most ranks at hand; where they have failed, half of them, and so on.
  [[nodiscard]] std::optional<ProgramConfig> untried() const {
    mpisize::Sampling at_hand = limits();
    if (result_.samples.size() >= most_counts) return std::nullopt;
    for (const ProgramSample& s : result_.samples) {
      at_hand.most_ranks = std::min(at_hand.most_ranks, s.run.ranks / 2);
    }
    if (at_hand.most_ranks < 1) return std::nullopt;
    const auto counts = accepted_counts(sampling_.planning, sampling_.machine);
    if (const auto first = first_run(counts, at_hand)) return config_of(first->config.ranks);
    // All counts that the program accepts are above what samples usually have.
    if (!result_.samples.empty() || counts.empty()) return std::nullopt;
    return config_of(counts.front());
  }

  /// Threads that a rank may start to show whether it does; 1: not to be looked at now.
  [[nodiscard]] int threads_to_look_for(const ProgramConfig& config) const {
    if (threads_known_ || config.threads > 1) return 1;
    return std::max(1, granted_cores(sampling_.machine) / config.ranks);
  }

  void take(const ProgramConfig& config) {
    SampleOrder order;
    order.child = sampling_.child;
    auto& words = order.child.mpirun.program;
    if (sampling_.rules.arguments) {
      words.resize(1);
      words.insert(words.end(), sampling_.rules.arguments->begin(),
                   sampling_.rules.arguments->end());
    }
    order.launch = launch_of(config, sampling_.machine, !threads_known_ || threaded_);
    order.folder = folders_.next(config);
    order.working_directory = folders_.scratch(order.folder);
    if (order.working_directory) words.front() = fs::absolute(find_program(words.front())).string();
    const int look_for = threads_to_look_for(config);
    if (look_for > 1) let_threads_show(order, look_for);
    const fs::path kernel = order.folder / "kernel.json";
    if (linkage_ == Linkage::unknown && result_.samples.empty()) {
      order.environment["MPISIZE_PROFILE"] = kernel.string();
    }
    order.enough = enough(config);
    order.pattern = pattern_;
    const Progress progress(talk_, fmt::format("sampling on {}", describe(config)),
                            order.enough * 2);
    ProgramSample sample = take_sample(order, input_, talk_);
    if (look_for > 1) note_threads(look_for, sample);
    add(std::move(sample));
    result_.calls_mpisize = fs::exists(kernel);
  }

  /// Free to use all cores, and asked to.
  static void let_threads_show(SampleOrder& order, int threads) {
    order.launch.threaded = false;
    auto& options = order.child.mpirun.options;
    if (!what_is_said(options).binds()) options.insert(options.end(), {"--bind-to", "none"});
    options.insert(options.end(), {"-x", fmt::format("OMP_NUM_THREADS={}", threads)});
  }

  /// A program that starts none has one, whatever it was given.
  void note_threads(int given, ProgramSample& sample) {
    if (sample.run.by_rank.empty()) return;
    int most = 1;
    for (const RankUse& rank : sample.run.by_rank) most = std::max(most, rank.threads);
    threads_known_ = true;
    threaded_ = most > 1;
    if (!threaded_) return;
    result_.file.threads = thread_counts(sampling_.machine.topology.grant.cores);
    sample.run.threads_per_rank = given;
    if (sample.stretch) sample.stretch->threads_per_rank = given;
  }

  /// A fair share of what is left; where the rate of another run is known, what it takes to see it.
  [[nodiscard]] Seconds enough(const ProgramConfig& config) const {
    constexpr std::size_t usual_runs = 5;
    const std::size_t taken = result_.samples.size();
    const std::size_t to_come = taken + 2 < usual_runs ? usual_runs - taken : 2;
    const Seconds share = left() / static_cast<double>(to_come);
    for (const ProgramSample& s : result_.samples) {
      if (s.ended || !s.stretch) continue;
      constexpr double repetitions = 30;
      constexpr Seconds least{3};
      const SteadyState& seen = *s.stretch->steady;
      const double slower =
          std::max(1.0, static_cast<double>(s.run.ranks) / static_cast<double>(config.ranks));
      const Seconds one = seen.time / static_cast<double>(seen.repetitions);
      return std::min(share, std::max(least, (seen.before + one * repetitions) * slower * 1.2));
    }
    return share;
  }

  void add(ProgramSample sample) {
    const std::string where =
        describe(ProgramConfig{sample.run.ranks, sample.run.nodes, sample.run.threads_per_rank});
    // On other hosts the counters may be where we cannot see them.
    const bool here = sample.run.nodes == 1 && sampling_.machine.hosts.empty();
    if (here && !sample.calls_mpi && sample.ended && loads_libraries_) result_.calls_mpi = false;
    if (sample.crashed()) {
      result_.file.failed.push_back(sample.run.ranks);
      result_.findings.push_back(fmt::format(
          "on {} it {}; that run is left out (what it said: {})", where,
          sample.child.signal ? fmt::format("was ended by signal {}", *sample.child.signal)
                              : fmt::format("ended with status {}", sample.child.exit_code()),
          (sample.folder / "stderr").string()));
    } else if (!sample.ended && !sample.stretch) {
      result_.findings.push_back(
          fmt::format("on {} it came to no end and to no steady rate within {}; that run is left "
                      "out: give more with --sample-budget, or a smaller case with --sample-args",
                      where, human(sample.child.wall)));
    } else if (sample.run.by_rank.empty() && result_.calls_mpi) {
      unprofiled_ = true;
    }
    if (no_energy_.empty()) no_energy_ = sample.no_energy;
    if (sample.pattern && !pattern_) pattern_ = sample.pattern;
    result_.samples.push_back(std::move(sample));
  }

  /// Runs to the end if all came there, else stretches; with what is known from earlier.
  [[nodiscard]] std::vector<ProgramRun> comparable() const {
    const bool whole = std::all_of(result_.samples.begin(), result_.samples.end(),
                                   [](const ProgramSample& s) { return s.ended || s.crashed(); });
    std::vector<ProgramRun> runs;
    for (const ProgramSample& s : result_.samples) {
      if (whole && s.ended) runs.push_back(s.run);
      if (!whole && s.stretch && !s.crashed()) runs.push_back(*s.stretch);
    }
    if (whole) runs.insert(runs.end(), sampling_.known.begin(), sampling_.known.end());
    return runs;
  }

  void check_that_one_ended() const {
    if (!comparable().empty() || result_.samples.empty()) return;
    const ProgramSample& last = result_.samples.back();
    const std::string& program = sampling_.child.mpirun.program.front();
    if (last.crashed()) {
      throw SamplesFailed(fmt::format("'{}' failed in every sample, so nothing further is started; "
                                      "repair it, or start it as it is with --as-given",
                                      program),
                          last_words(last), last.child.exit_code());
    }
    throw SamplesFailed(fmt::format("'{}' came to no end and no steady rate within {}; give more "
                                    "with --sample-budget, or a smaller case with --sample-args",
                                    program, human(sampling_.rules.budget)),
                        last_words(last), own_failure);
  }

  void collect() {
    result_.file.runs = comparable();
    if (unprofiled_) {
      result_.findings.emplace_back(
          "its MPI calls could not be counted (a static program, or counters on other hosts): it "
          "is sized from wall times alone");
    }
    const AcceptedRanks accepted =
        ranks_accepted_by(result_.file, sampling_.machine, sampling_.planning);
    if (!accepted.kind.empty()) {
      result_.findings.push_back(fmt::format(
          "it fails on {} ranks, so {} alone are weighed; --ranks says which it accepts",
          fmt::join(result_.file.failed, ", "), accepted.kind));
    }
    if (sampling_.planning.program.goal == Goal::energy && !no_energy_.empty()) {
      result_.findings.push_back(fmt::format("energy was not measured: {}", no_energy_));
    }
    const bool only_some =
        std::any_of(result_.file.runs.begin(), result_.file.runs.end(), [](const ProgramRun& run) {
          return std::any_of(run.by_rank.begin(), run.by_rank.end(),
                             [](const RankUse& rank) { return rank.sampled; });
        });
    if (only_some) {
      result_.findings.emplace_back(
          "it calls MPI so often that only some of the calls were timed: all are counted, times "
          "are estimates");
    }
    if (result_.file.runs.empty() || !result_.file.runs.front().steady || !pattern_) return;
    for (const ProgramSample& s : result_.samples) {
      if (s.ended) result_.file.repetitions = repetitions_of(s.run.by_rank, *pattern_);
    }
  }

  const ProgramSampling& sampling_;
  SpooledInput& input_;
  const Talk& talk_;
  SampleFolders folders_;
  Linkage linkage_;
  bool loads_libraries_;
  std::vector<int> wanted_;
  std::optional<int> own_threads_;
  bool threads_known_ = false;
  bool threaded_ = false;
  bool unprofiled_ = false;
  std::string no_energy_;  ///< Why that of a sample was not measured.
  Seconds started_ = now();
  std::optional<Pattern> pattern_;
  SampledProgram result_;
};

}  // namespace

SampledProgram sample_program(const ProgramSampling& sampling, SpooledInput& input,
                              const Talk& talk) {
  return Series(sampling, input, talk).run();
}

std::optional<ProgramFile> sampled_file(const ProgramSampling& sampling, SpooledInput& input,
                                        const Talk& talk) try {
  SampledProgram sampled = sample_program(sampling, input, talk);
  if (sampled.calls_mpisize) return std::nullopt;
  if (!sampled.calls_mpi) {
    throw InputError(
        fmt::format("'{}' never calls MPI_Init, so there is nothing to size; give an MPI program",
                    sampling.child.mpirun.program.front()));
  }
  for (const std::string& finding : sampled.findings) warn(talk, finding);
  return std::move(sampled.file);
} catch (const SamplesFailed& failed) {
  if (!failed.words().empty()) say(talk, failed.words() + "\n");
  throw InputError(failed.what());
}

std::optional<ProgramFile> program_runs(const Facts& facts, const Planning& planning,
                                        const ChildLine& child, const Machine& machine,
                                        SpooledInput& input, const Talk& talk) {
  if (facts.program) return program_file_from_json(read_file(*facts.program), *facts.program);
  ProgramSampling sampling;
  sampling.child = child;
  sampling.program = program_of(child, facts.samples.arguments);
  sampling.rules = facts.samples;
  sampling.wanted = facts.sample_ranks;
  sampling.planning = planning;
  sampling.machine = machine;
  return sampled_file(sampling, input, talk);
}

}  // namespace mpisize::tools
