/// Which MPI a launcher belongs to.
#pragma once

#include <optional>
#include <string>

namespace mpisize::tools {

/// `mpirun --version`.
struct LauncherVersion {
  int exit_code = 0;
  std::string text;    ///< What it prints.
  std::string errors;  ///< What it complains about.
};

/// Asks a launcher. Throws StartError if it is not there.
[[nodiscard]] LauncherVersion version_of(const std::string& launcher);

/// "Open MPI 4.1.4" or "MPICH 4.0.2"; "" if the launcher does not say, nothing if it is not there.
[[nodiscard]] std::optional<std::string> mpi_of(const std::string& launcher);

}  // namespace mpisize::tools
