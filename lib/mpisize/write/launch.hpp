/// A command behind "--": sized, or started as it was written.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/write/mpirun_line.hpp"

namespace mpisize {

enum class LaunchKind {
  sized,     ///< We say how many ranks.
  passed_on  ///< Started word by word as the user wrote it.
};

/// What a command starts.
struct Launch {
  LaunchKind kind = LaunchKind::sized;
  std::string why;  ///< It is passed on: one sentence, with what to do to size it.
  std::optional<MpirunLine>
      line;  ///< Empty: not of Open MPI's mpirun, or it cannot be taken apart.
};

/// Whether a command's first word starts ranks in another way than Open MPI's mpirun: srun,
/// mpiexec.hydra, aprun ...
[[nodiscard]] bool is_other_launcher(std::string_view word);

/// Reads a command. `mpi` names the MPI that its first word belongs to ("Open MPI 4.1.4"), if that
/// is mpirun; empty if it does not say. A command without mpirun is a program to be sized; its line
/// has no launcher of the user's. Throws InputError for what mpirun would refuse, see take_apart().
[[nodiscard]] Launch read_launch(std::span<const std::string> argv, const std::string& mpi,
                                 const IsProgram& is_program);

}  // namespace mpisize
