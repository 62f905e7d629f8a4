#include <fmt/format.h>

#include <optional>

#include "commands.hpp"
#include "linkage.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/program_text.hpp"
#include "mpisize/write/report.hpp"
#include "planning.hpp"
#include "print.hpp"
#include "program_sampling.hpp"
#include "sampling.hpp"
#include "spooled_input.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

/// The whole program, a few times. Empty: it is linked with mpisize.
std::optional<int> profile_program(const ProfileOptions& options, const ChildLine& child,
                                   SpooledInput& input, const Talk& talk) try {
  ProgramSampling sampling;
  sampling.child = child;
  sampling.rules = options.samples;
  sampling.wanted = options.ranks;
  const auto named = named_machine(options.machine, options.common.topology);
  sampling.machine = named ? *named : machine_here(talk);
  const SampledProgram sampled = sample_program(sampling, input, talk);
  if (sampled.calls_mpisize) return std::nullopt;
  if (!sampled.calls_mpi) {
    throw InputError(
        fmt::format("'{}' never calls MPI_Init, so there is nothing to size; give an MPI program",
                    child.mpirun.program.front()));
  }
  for (const std::string& finding : sampled.findings) warn(talk, finding);
  if (options.output) write_file(*options.output, to_json(sampled.file));
  print(options.common.json ? to_json(sampled.file) : describe_runs(sampled.file.runs));
  return 0;
} catch (const SamplesFailed& failed) {
  if (!failed.words().empty()) say(talk, failed.words() + "\n");
  throw InputError(failed.what());
}

}  // namespace

int command(const ProfileOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  const ChildLine child = read_child(options.child);
  check_can_be_sized(child);
  const Topology topology = options.common.topology
                                ? described_machine(*options.common.topology).topology
                                : read_topology();
  check_can_start(child);
  SpooledInput input;
  if (linkage_of(child.mpirun.program.front()) != Linkage::linked) {
    if (const auto code = profile_program(options, child, input, talk)) return *code;
  }
  const KernelProfile kernel = sample(
      {child, sampling_counts(options.ranks, std::nullopt, topology), options.name, topology},
      input, talk);
  if (options.output) write_file(*options.output, to_json(kernel));
  print(options.common.json ? to_json(kernel) : describe(kernel));
  return 0;
}

}  // namespace mpisize::tools
