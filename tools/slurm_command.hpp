/// Commands of Slurm, which wait long for a controller that is not there.
#pragma once

#include <string>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize::tools {

/// What a command of Slurm said.
struct SlurmAnswer {
  int status = 0;
  bool timed_out = false;
  std::string output;
  std::string errors;
  [[nodiscard]] bool fine() const { return status == 0 && !timed_out; }
  /// The last line on stderr, which says what came of it, in quotes; or that it took too long.
  [[nodiscard]] std::string reason() const;
};

/// Time that a command is given. A controller with much to do may need seconds; one that is down
/// is waited for by Slurm's commands for 10 s and more.
inline constexpr Seconds slurm_patience{5};

/// Throws InputError if there is no such command, hence no Slurm, on this machine, and Interrupted
/// if a signal meant for us ended it.
[[nodiscard]] SlurmAnswer ask_slurm(const std::vector<std::string>& argv,
                                    Seconds patience = slurm_patience);

}  // namespace mpisize::tools
