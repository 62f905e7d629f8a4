#include "commands.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/report.hpp"
#include "planning.hpp"
#include "print.hpp"
#include "sampling.hpp"
#include "spooled_input.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

int command(const ProfileOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  const ChildLine child = read_child(options.child);
  check_can_be_sized(child);
  const Topology topology = options.common.topology
                                ? described_machine(*options.common.topology).topology
                                : read_topology();
  check_can_start(child);
  SpooledInput input;
  const KernelProfile kernel = sample(
      {child, sampling_counts(options.ranks, std::nullopt, topology), options.name, topology},
      input, talk);
  if (options.output) write_file(*options.output, to_json(kernel));
  print(options.common.json ? to_json(kernel) : describe(kernel));
  return 0;
}

}  // namespace mpisize::tools
