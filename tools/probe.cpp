#include "commands.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/report.hpp"
#include "print.hpp"
#include "probe_hdf5.hpp"
#include "probe_hosts.hpp"
#include "probe_slurm.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

namespace {

Machine machine_of(const ProbeOptions& options, const Talk& talk) {
  if (!options.hosts.empty()) return measure_hosts(options.hosts, talk);
  if (options.slurm) {
    return measure_partition({*options.slurm, options.account, options.cancel}, talk);
  }
  return options.common.topology ? described_machine(*options.common.topology)
                                 : measure_machine(talk);
}

}  // namespace

int command(const Answer& answer, const Talk& /*talk*/) {
  print(answer.text);
  return 0;
}

int command(const ProbeOptions& options, const Talk& talk) {
  if (options.hdf5) return probe_dataset(*options.hdf5, options.common, talk);
  if (options.output) check_writable(*options.output);
  const Machine machine = machine_of(options, talk);
  if (options.output) write_file(*options.output, to_json(machine));
  print(options.common.json ? to_json(machine) : describe(machine));
  return 0;
}

}  // namespace mpisize::tools
