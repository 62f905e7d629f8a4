#include "slurm_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

std::string SlurmAnswer::reason() const {
  if (timed_out) return fmt::format("no answer within {:.0f} s", slurm_patience.value());
  const auto end = errors.find_last_not_of("\r\n ");
  std::string line = end == std::string::npos ? "" : errors.substr(0, end + 1);
  line.erase(0, line.rfind('\n') + 1);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, '?');
  return line.empty() ? fmt::format("status {}", status) : "'" + line + "'";
}

SlurmAnswer ask_slurm(const std::vector<std::string>& argv, Seconds patience) {
  try {
    static_cast<void>(find_program(argv.front()));
  } catch (const StartError&) {
    throw InputError(
        fmt::format("there is no Slurm on this machine: no {} in PATH; log in where jobs are "
                    "submitted, or save its facts there with mpisize cluster -o cluster.json and "
                    "give them with --offline cluster.json",
                    argv.front()));
  }
  const TemporaryDirectory directory;
  Command command;
  command.argv = argv;
  command.environment = {{"SLURM_TIME_FORMAT", "standard"}};  // Whatever form the user likes.
  command.output = directory.file("stdout");
  command.errors = directory.file("stderr");
  command.input = false;
  command.timeout = patience;
  command.grace = Seconds(1);
  const ChildRun child = run(command);
  if (child.passed_on) throw Interrupted(*child.passed_on);
  return {child.exit_code(), child.timed_out, read_file(directory.file("stdout")),
          read_file(directory.file("stderr"))};
}

}  // namespace mpisize::tools
