/// What a script does behind its directives, as far as a plan goes. Private.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpisize/write/sbatch_script.hpp"
#include "mpisize/write/script_launch.hpp"

namespace mpisize {

/// NAME=VALUE, exported or not; setenv NAME VALUE.
struct ShellAssignment {
  std::string name;
  LaunchNumber value;  ///< `role` is threads; it means nothing here.
};

struct ScriptBody {
  bool is_shell = true;  ///< By the shebang; otherwise nothing is looked for.
  std::vector<Launch> launches;
  std::vector<ShellAssignment> assignments;
  std::vector<ScriptWord> computed_launchers;  ///< $MPIRUN, with a -np or -n behind it.
  std::vector<std::size_t> here_documents;     ///< Lines that are data.

  /// Whether a variable is set anywhere.
  [[nodiscard]] bool sets(std::string_view name) const;
};

/// Launch lines by mpirun, mpiexec, orterun and srun, behind assignments, reserved words and such
/// commands as time, exec, env and timeout.
[[nodiscard]] ScriptBody read_body(const SbatchScript& script);

}  // namespace mpisize
