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
#include "mpisize/choose/program_sampler.hpp"
#include "mpisize/measure/self.hpp"
#include "sample_folders.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_counts = 4;

int granted_cores(const Machine& machine) {
  const Topology& topology = machine.topology;
  return std::max(1, topology.nodes) * std::max(1, topology.grant.cores);
}

int nodes_for(int ranks, int threads, const Machine& machine) {
  const int per_node = std::max(1, machine.topology.grant.cores / std::max(1, threads));
  return std::clamp((ranks + per_node - 1) / per_node, 1, std::max(1, machine.topology.nodes));
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
        linkage_(linkage_of(sampling.child.mpirun.program.front())) {
    plan();
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
  [[nodiscard]] std::optional<int> own_threads() const {
    const auto own = own_thread_settings(sampling_.child.mpirun.options, current_environment());
    for (const auto& [name, value] : own) {
      if (name == "OMP_NUM_THREADS") return std::max(1, std::atoi(value.c_str()));
    }
    return std::nullopt;
  }

  /// Threads that a rank could have: those of the user, else what the cores have room for.
  [[nodiscard]] int threads_for(int ranks) const {
    if (const auto own = own_threads()) return *own;
    return std::max(1, granted_cores(sampling_.machine) / ranks);
  }

  void plan() {
    auto counts = sampling_.wanted.empty()
                      ? counts_to_sample(sampling_.accepted, granted_cores(sampling_.machine))
                      : sampling_.wanted;
    std::sort(counts.rbegin(), counts.rend());
    for (const int ranks : counts) {
      const int threads = threads_for(ranks);
      planned_.push_back({ranks, nodes_for(ranks, threads, sampling_.machine), threads});
    }
  }

  [[nodiscard]] Seconds left() const { return sampling_.rules.budget - (now() - started_); }

  void announce() {
    std::vector<int> counts;
    for (const ProgramConfig& c : planned_) counts.push_back(c.ranks);
    const std::string text = fmt::format(
        "'{}' is not linked with mpisize: it is started {} times or a few more, on {} ranks, {} at "
        "most in all, to see how it scales; what it prints goes to {}\n",
        sampling_.child.mpirun.program.front(), planned_.size(), fmt::join(counts, ", "),
        human(sampling_.rules.budget), folders_.base().string());
    if (sampling_.rules.yes || !can_ask(talk_)) {
      say(talk_, text);
    } else if (!confirm(talk_, text, true)) {
      throw UsageError("not sampled, as you say; --as-given starts the line as it is");
    }
    started_ = now();
  }

  /// What was planned; then what narrows the choice most, as long as the budget lasts.
  std::optional<ProgramConfig> next() {
    if (!planned_.empty()) {
      const ProgramConfig config = planned_.front();
      planned_.erase(planned_.begin());
      return config;
    }
    const auto runs = comparable();
    if (runs.empty() || result_.samples.size() >= most_samples) return std::nullopt;
    SamplerOptions options;
    options.accepted = sampling_.accepted;
    options.left = left();
    options.longest_ranks = longest_ranks_;
    return next_run(fit_program(runs, sampling_.machine), options);
  }

  void take(const ProgramConfig& config) {
    SampleOrder order;
    order.child = sampling_.child;
    if (sampling_.rules.arguments) {
      auto& words = order.child.mpirun.program;
      words.resize(1);
      words.insert(words.end(), sampling_.rules.arguments->begin(),
                   sampling_.rules.arguments->end());
    }
    order.launch = launch_of(config, sampling_.machine, true);
    order.folder = folders_.next(config);
    order.working_directory = folders_.scratch(order.folder);
    if (order.working_directory) {
      order.child.mpirun.program.front() =
          fs::absolute(find_program(order.child.mpirun.program.front())).string();
    }
    const fs::path kernel = order.folder / "kernel.json";
    if (linkage_ == Linkage::unknown && result_.samples.empty()) {
      order.environment["MPISIZE_PROFILE"] = kernel.string();
    }
    order.enough = left() / static_cast<double>(planned_.size() + 1);
    order.pattern = pattern_;
    const Progress progress(talk_, fmt::format("sampling on {}", describe(config)),
                            order.enough * 2);
    add(config, take_sample(order, input_, talk_));
    result_.calls_mpisize = fs::exists(kernel);
  }

  void add(const ProgramConfig& config, ProgramSample sample) {
    if (sample.loaded && !sample.calls_mpi && sample.ended) result_.calls_mpi = false;
    if (sample.crashed()) {
      result_.findings.push_back(fmt::format(
          "on {} it {}; that run is left out (its stderr: {})", describe(config),
          sample.child.signal ? fmt::format("was ended by signal {}", *sample.child.signal)
                              : fmt::format("ended with status {}", sample.child.exit_code()),
          (sample.folder / "stderr").string()));
    } else if (!sample.ended && !sample.stretch) {
      result_.findings.push_back(
          fmt::format("on {} it came to no end and to no steady rate within {}; that run is left "
                      "out: give more with --sample-budget, or a smaller case with --sample-args",
                      describe(config), human(sample.child.wall)));
    }
    if (sample.pattern && !pattern_) pattern_ = sample.pattern;
    note_threads(config, sample);
    result_.samples.push_back(std::move(sample));
  }

  /// A program that starts threads is also seen with one; one that starts none has one, whatever
  /// it was given.
  void note_threads(const ProgramConfig& config, ProgramSample& sample) {
    if (config.threads == 1 || own_threads() || sample.run.by_rank.empty()) return;
    int most = 1;
    for (const RankUse& rank : sample.run.by_rank) most = std::max(most, rank.threads);
    if (most > 1) {
      const ProgramConfig single{config.ranks, nodes_for(config.ranks, 1, sampling_.machine), 1};
      planned_.push_back(single);
      return;
    }
    sample.run.threads_per_rank = 1;
    if (sample.stretch) sample.stretch->threads_per_rank = 1;
  }

  /// Runs to the end if all came there, else stretches; with what is known from earlier.
  [[nodiscard]] std::vector<ProgramRun> comparable() const {
    const bool whole = std::all_of(result_.samples.begin(), result_.samples.end(),
                                   [](const ProgramSample& s) { return s.ended || s.crashed(); });
    std::vector<ProgramRun> runs;
    for (const ProgramSample& s : result_.samples) {
      if (whole && s.ended) runs.push_back(s.run);
      if (!whole && s.stretch) runs.push_back(*s.stretch);
    }
    if (whole) runs.insert(runs.end(), sampling_.known.begin(), sampling_.known.end());
    return runs;
  }

  void check_that_one_ended() const {
    if (!comparable().empty()) return;
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
                        last_words(last), 125);
  }

  void collect() {
    result_.runs = comparable();
    if (result_.runs.empty() || !result_.runs.front().steady || !pattern_) return;
    for (const ProgramSample& s : result_.samples) {
      if (s.ended) result_.repetitions = repetitions_of(s.run.by_rank, *pattern_);
    }
  }

  static constexpr std::size_t most_samples = 24;

  const ProgramSampling& sampling_;
  SpooledInput& input_;
  const Talk& talk_;
  SampleFolders folders_;
  Linkage linkage_;
  Seconds started_ = now();
  std::vector<ProgramConfig> planned_;
  std::optional<Pattern> pattern_;
  SampledProgram result_;
};

}  // namespace

std::vector<int> counts_to_sample(const std::vector<int>& accepted, int granted) {
  // More than the cores would tell about waiting for them; a few are enough on a big machine.
  constexpr int small = 8;
  const int most = std::max(1, std::min(granted, std::max(small, granted / small)));
  std::vector<int> counts;
  int limit = most;
  for (auto it = accepted.rbegin(); it != accepted.rend() && counts.size() < most_counts; ++it) {
    if (*it > limit) continue;
    counts.push_back(*it);
    limit = std::max(1, *it / 2);
    if (*it == 1) break;
  }
  if (counts.empty()) counts.push_back(accepted.front());
  return counts;
}

SampledProgram sample_program(const ProgramSampling& sampling, SpooledInput& input,
                              const Talk& talk) {
  return Series(sampling, input, talk).run();
}

ToLaunch launch_of(const ProgramConfig& config, const Machine& machine, bool threaded) {
  ToLaunch launch;
  launch.layout.nodes = config.nodes;
  launch.layout.rank_count = config.ranks;
  launch.layout.threads_per_rank = config.threads;
  launch.topology = machine.topology;
  launch.threaded = threaded;
  if (!machine.hosts.empty()) {
    launch.placement = fill(placement_of(machine.hosts), config.nodes, config.ranks);
  }
  return launch;
}

}  // namespace mpisize::tools
