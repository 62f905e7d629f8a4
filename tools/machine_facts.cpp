#include "machine_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "errors.hpp"
#include "helpers.hpp"
#include "launcher.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/launch_probe.hpp"
#include "mpisize/measure/machine_cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/what_if.hpp"
#include "mpisize/write/json.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

// Together with what a last launch may take longer they stay within 10 s.
constexpr Seconds whole_budget{10};
constexpr Seconds link_budget{4};
constexpr Seconds reserve{1.5};

std::string mpirun_version() {
  const LauncherVersion version = version_of("mpirun");
  if (version.exit_code != 0) throw InputError(explain_mpirun(version.errors));
  return mpi_name(version.text);
}

/// What is known without measuring.
Machine unmeasured() {
  Machine machine;
  machine.host = host_name();
  machine.mpi = mpirun_version();
  machine.topology = read_topology();
  machine.fingerprint =
      fingerprint(machine.host, machine.topology, cpu_model(), machine.mpi, current_environment());
  return machine;
}

/// Ranks so placed that rank 0 meets another one at every level there is: one on each NUMA node and
/// one more.
std::vector<std::string> probing_line(const Topology& topology, const std::string& file) {
  const bool numa = topology.node.numa_nodes > 1;
  const int ranks = numa ? topology.node.numa_nodes + 1 : 2;
  std::vector<std::string> argv{"mpirun", "--oversubscribe"};
  if (numa && ranks <= topology.grant.cores) {
    argv.insert(argv.end(), {"--map-by", "numa", "--bind-to", "core"});
  }
  argv.insert(argv.end(), {"-n", std::to_string(ranks), helper("mpisize-probe").string(), file,
                           fmt::format("{}", link_budget.value())});
  return argv;
}

/// Links and dispatch cost.
void probe_messages(Machine& machine, const Talk& talk) {
  const Progress progress(talk, "measuring links between ranks", link_budget);
  const TemporaryDirectory directory;
  const auto result = directory.file("machine.json");
  Command command;
  command.argv = probing_line(machine.topology, result.string());
  command.output = directory.file("stdout");
  command.errors = directory.file("stderr");
  command.input = false;
  command.timeout = 3 * whole_budget;
  const ChildRun done = run(command);
  if (done.passed_on) throw Interrupted(*done.passed_on);
  if (done.exit_code() != 0) throw InputError(explain_mpirun(read_file(directory.file("stderr"))));
  const Machine probed = machine_from_json(read_file(result), "what mpisize-probe wrote");
  machine.links = probed.links;
  machine.dispatch = probed.dispatch;
}

Launch probe_launches(const Topology& topology, Seconds budget, const Talk& talk) {
  const Progress progress(talk, "measuring launch cost", budget);
  const std::vector<std::string> mpirun{"mpirun", "--oversubscribe"};
  constexpr int enough = 16;
  const int most = std::clamp(topology.grant.cores, 4, enough);
  return probe_launch(mpirun, helper("mpisize-empty").string(), {1, 2, most}, budget);
}

}  // namespace

Machine measure_machine(const Talk& talk) {
  const Seconds start = now();
  Machine machine = unmeasured();
  if (const auto before = cached_machine(machine.fingerprint)) {
    machine.model_error = before->model_error;
  }
  probe_messages(machine, talk);
  const Seconds left = start + whole_budget - reserve - now();
  machine.launch = probe_launches(machine.topology, std::max(Seconds(0), left), talk);
  keep_machine(machine);
  return machine;
}

std::optional<Machine> machine_in_cache() {
  const Machine here = unmeasured();
  auto machine = cached_machine(here.fingerprint);
  if (machine) machine->topology = here.topology;
  return machine;
}

Machine machine_here(const Talk& talk) {
  if (auto machine = machine_in_cache()) return *machine;
  return measure_machine(talk);
}

Machine described_machine(const std::string& topology) {
  Machine machine;
  machine.host = "described";
  try {
    machine.topology = topology_from(topology);
  } catch (const UsageError&) {
    throw;
  } catch (const InputError& error) {
    throw UsageError(error.what());
  }
  return machine;
}

Machine read_machine(const std::string& file) { return machine_from_json(read_file(file), file); }

std::optional<Machine> named_machine(const std::optional<std::string>& file,
                                     const std::optional<std::string>& topology) {
  if (!file && !topology) return std::nullopt;
  if (!file) return described_machine(*topology);
  const Machine machine = read_machine(*file);
  if (!topology) return machine;
  return moved_to(machine, described_machine(*topology).topology);
}

Machine known_machine(const std::optional<std::string>& file,
                      const std::optional<std::string>& topology) {
  if (const auto machine = named_machine(file, topology)) return *machine;
  if (const auto machine = machine_in_cache()) return *machine;
  throw UsageError(
      "--machine is missing, and no machine is cached; measure it with: mpisize probe -o "
      "machine.json, or "
      "describe it with --topology");
}

void note_residual(const Machine& machine, double residual) {
  auto kept = cached_machine(machine.fingerprint);
  if (!kept) return;
  auto& residuals = kept->model_error.residuals;
  residuals.push_back(residual);
  constexpr std::size_t most = 100;
  if (residuals.size() > most) residuals.erase(residuals.begin());
  keep_machine(*kept);
}

}  // namespace mpisize::tools
