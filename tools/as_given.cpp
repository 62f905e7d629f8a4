#include "as_given.hpp"

#include <fmt/format.h>

#include "launch_check.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "plan_json.hpp"
#include "print.hpp"

namespace mpisize::tools {

int start_as_given(const RunOptions& options, const ChildLine& child, const Talk& talk) {
  // Before anything is said: a launcher that is not there needs no advice.
  static_cast<void>(find_program(child.argv.front()));
  LaunchRecord record;
  record.kind = options.as_given ? "as_given" : "passed_on";
  if (!options.as_given) record.why = child.passed_on.value_or("");
  record.command = child.argv;
  record.findings = check_launch(child, read_topology());
  if (options.dry_run && options.common.json) {
    print(to_json(record));
    return 0;
  }
  if (!record.why.empty()) note(talk, record.why);
  say_findings(record.findings, talk);
  for (const auto& [name, file] :
       {std::pair{"--output", options.output}, std::pair{"--plot", options.plot},
        std::pair{"--report", options.report}}) {
    if (file) warn(talk, fmt::format("no plan is made, so {} '{}' is not written", name, *file));
  }
  if (options.dry_run) {
    print(shell_join(child.argv) + "\n");
    return 0;
  }
  Command command;
  command.argv = child.argv;
  return run(command).exit_code();
}

}  // namespace mpisize::tools
