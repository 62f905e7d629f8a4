#include <fmt/format.h>

#include "commands.hpp"
#include "errors.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/loggp.hpp"
#include "mpisize/write/simgrid.hpp"
#include "print.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

std::string exported(const Machine& machine, const ExportOptions& options) {
  switch (options.format) {
    case ExportFormat::loggp:
      return options.common.json ? loggp_json(machine) : describe_loggp(machine);
    case ExportFormat::simgrid_cfg:
      return simgrid_options(machine);
    case ExportFormat::simgrid_platform:
      break;
  }
  return simgrid_platform(machine);
}

}  // namespace

int command(const ExportOptions& options, const Talk& /*talk*/) {
  if (options.output) check_writable(*options.output);
  const Machine machine = known_machine(options.machine, options.common.topology);
  if (machine.links.empty()) {
    throw InputError(fmt::format(
        "{} has no link to export; measure one with mpisize probe, or write \"links\" into it",
        options.machine.value_or("the machine")));
  }
  const std::string text = exported(machine, options);
  if (options.output) {
    write_file(*options.output, text);
  } else {
    print(text);
  }
  return 0;
}

}  // namespace mpisize::tools
