#include "program_sample.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "errors.hpp"
#include "file_tail.hpp"
#include "helpers.hpp"
#include "mpisize/measure/counter_view.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

constexpr Seconds look_period{0.1};

/// Looks at the counters of a run that is under way; of very many every other one is let go.
class Watch {
 public:
  explicit Watch(const fs::path& counters) : view_(counters) {}

  void look() {
    view_.find_new();
    auto ranks = view_.ranks();
    if (ranks.empty()) return;
    looks_.push_back({now(), std::move(ranks)});
    constexpr std::size_t most_looks = 512;
    if (looks_.size() < most_looks) return;
    std::vector<CounterLook> every_other;
    for (std::size_t i = 0; i < looks_.size(); i += 2) {
      every_other.push_back(std::move(looks_[i]));
    }
    looks_ = std::move(every_other);
    period_ = period_ * 2;
  }
  [[nodiscard]] const std::vector<CounterLook>& looks() const { return looks_; }
  [[nodiscard]] bool is_due() const {
    return looks_.empty() || now() - looks_.back().at >= period_;
  }

 private:
  CounterView view_;
  std::vector<CounterLook> looks_;
  Seconds period_ = look_period;
};

/// Behind a library that the user preloads.
std::string preloaded() {
  const std::string layer = helper("libmpisize_profile.so").string();
  const char* const own = std::getenv("LD_PRELOAD");
  return own == nullptr || *own == '\0' ? layer : std::string(own) + ":" + layer;
}

int nodes_of(const SampleOrder& order, const std::vector<RankUse>& ranks) {
  std::set<std::string> hosts;
  for (const RankUse& rank : ranks) hosts.insert(rank.host);
  return hosts.empty() ? order.launch.layout.nodes : static_cast<int>(hosts.size());
}

Command command_of(const SampleOrder& order, const fs::path& counters) {
  const PlannedLaunch launch = planned_launch(profiled(order.child, counters), order.launch);
  Command command;
  command.argv = launch.argv;
  command.environment = launch.environment;
  command.environment.insert(order.environment.begin(), order.environment.end());
  command.directory = order.working_directory;
  command.output = order.folder / "stdout";
  command.errors = order.folder / "stderr";
  command.period = look_period;
  return command;
}

}  // namespace

ChildLine profiled(ChildLine child, const fs::path& counters) {
  child.wrapped = true;  // one rank too is started by mpirun
  // The ranks alone get the layer: mpirun is no program to be profiled.
  auto& options = child.mpirun.options;
  options.insert(options.end(), {"-x", "LD_PRELOAD=" + preloaded(), "-x",
                                 "MPISIZE_COUNTERS=" + counters.string()});
  return child;
}

MeteredRun run_on_a_meter(const Command& command, const ChildLine& child, const ToLaunch& launch,
                          const fs::path& powercap) {
  if (launch.layout.nodes > 1 || starts_elsewhere(launch.placement) || names_hosts(child)) {
    return {run(command), std::nullopt,
            "it is that of all nodes, and counters of others cannot be read from here"};
  }
  EnergyMeter meter(powercap);
  const ChildRun done = run_metered(command, meter);
  return {done, meter.used(), meter.why_not()};
}

ProgramSample take_sample(const SampleOrder& order, SpooledInput& input, const Talk& talk) {
  const fs::path counters = order.folder / "counters";
  fs::create_directory(counters);
  Watch watch(counters);
  Command command = command_of(order, counters);
  input.give_to_sample(command, talk);
  const Seconds started = now();
  command.go_on = [&] {
    if (watch.is_due()) watch.look();
    const Seconds gone = now() - started;
    if (gone < order.enough) return true;
    return gone < order.enough * 2 && !steady_stretch(watch.looks(), order.pattern);
  };

  ProgramSample sample;
  sample.folder = order.folder;
  MeteredRun metered = run_on_a_meter(command, order.child, order.launch, order.powercap);
  sample.child = metered.child;
  sample.no_energy = std::move(metered.no_energy);
  if (sample.child.passed_on) throw Interrupted(*sample.child.passed_on);
  sample.ended = !sample.child.stopped && sample.child.exit_code() == 0;
  ProgramRun& seen = sample.run;
  seen.by_rank = read_counters(counters);
  sample.calls_mpi = !counter_files(counters).empty();
  seen.ranks = order.launch.layout.ranks();
  seen.nodes = nodes_of(order, seen.by_rank);
  seen.threads_per_rank = order.launch.layout.threads_per_rank;
  seen.wall = sample.child.wall;
  seen.energy = metered.energy;
  // Of ranks whose counters are elsewhere nothing is known.
  if (seen.by_rank.size() != static_cast<std::size_t>(seen.ranks)) seen.by_rank.clear();
  if (auto stretch = steady_stretch(watch.looks(), order.pattern)) {
    sample.pattern = stretch->pattern;
    sample.stretch = seen;
    sample.stretch->steady = stretch->state;
    sample.stretch->by_rank = std::move(stretch->ranks);
  }
  return sample;
}

std::string last_words(const ProgramSample& sample) {
  const std::string words = tail_of(sample.folder / "stderr");
  return words.empty() ? tail_of(sample.folder / "stdout") : words;
}

}  // namespace mpisize::tools
