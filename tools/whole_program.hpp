/// What the whole program is expected to take, not only the call.
#pragma once

#include <optional>
#include <string>

#include "mpisize/base/estimate.hpp"
#include "mpisize/choose/plan.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"

namespace mpisize::tools {

/// Launch + before the call + the call; what the program does afterwards is not known.
struct WholeProgram {
  Interval launch;
  std::optional<Seconds> before_call;  ///< Empty: not measured, and not in the total.
  Interval call;
  Interval total;  ///< The ends added up: wider than 90 %.
};

[[nodiscard]] WholeProgram whole_program(const Machine& machine,
                                         const std::optional<Seconds>& before_call,
                                         const Choice& choice, int ranks);

/// One line, ended.
[[nodiscard]] std::string describe(const WholeProgram& program);

}  // namespace mpisize::tools
