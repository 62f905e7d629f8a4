/// Configurations of a program run one after the other, round by round, to be compared.
#pragma once

#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_points.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

struct SideBySide {
  ChildLine child;
  std::vector<ProgramConfig> configs;
  int rounds = 3;
  Machine machine;
  bool threaded = false;  ///< The number of threads is set.
};

/// Wall times of each configuration, one per round. What the program prints goes to files. Throws
/// InputError with its last words if a run fails, Interrupted if we are told to end.
[[nodiscard]] std::vector<std::vector<Seconds>> run_side_by_side(const SideBySide& wanted,
                                                                 SpooledInput& input,
                                                                 const Talk& talk);

}  // namespace mpisize::tools
