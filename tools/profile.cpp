#include <optional>

#include "commands.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/program_text.hpp"
#include "mpisize/write/report.hpp"
#include "planning.hpp"
#include "print.hpp"
#include "program_request.hpp"
#include "program_sampling.hpp"
#include "sampling.hpp"
#include "spooled_input.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

/// The whole program, a few times. Empty: it is linked with mpisize.
std::optional<int> profile_program(const ProfileOptions& options, const ChildLine& child,
                                   SpooledInput& input, const Talk& talk) {
  ProgramSampling sampling;
  sampling.child = child;
  sampling.program = program_of(child, options.samples.arguments);
  sampling.rules = options.samples;
  sampling.wanted = options.ranks;
  sampling.machine = machine_for(options.machine, options.common.topology, talk);
  const auto file = sampled_file(sampling, input, talk);
  if (!file) return std::nullopt;
  if (options.output) write_file(*options.output, to_json(*file));
  print(options.common.json ? to_json(*file) : describe_runs(file->runs));
  return 0;
}

}  // namespace

int command(const ProfileOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  ChildLine child = read_child(options.child);
  check_can_be_sized(child);
  const Topology topology = options.common.topology
                                ? described_machine(*options.common.topology).topology
                                : read_topology();
  check_can_start(child);
  SpooledInput input;
  child.linkage = linkage_of(child);
  if (child.linkage != Linkage::linked) {
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
