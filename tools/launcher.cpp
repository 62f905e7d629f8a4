#include "launcher.hpp"

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/process.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

LauncherVersion version_of(const std::string& launcher) {
  constexpr Seconds longest{10};
  const TemporaryDirectory directory;
  Command command;
  command.argv = {launcher, "--version"};
  command.output = directory.file("version");
  command.errors = directory.file("errors");
  command.input = false;
  command.timeout = longest;
  const ChildRun done = run(command);
  return {done.exit_code(), read_file(*command.output), read_file(*command.errors)};
}

std::optional<std::string> mpi_of(const std::string& launcher) {
  try {
    const LauncherVersion version = version_of(launcher);
    return version.exit_code == 0 ? mpi_name(version.text) : "";
  } catch (const StartError&) {
    return std::nullopt;
  }
}

}  // namespace mpisize::tools
