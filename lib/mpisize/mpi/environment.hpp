/// The three environment variables by which a linked program is sized from outside.
#pragma once

#include <optional>
#include <string>

#include "mpisize/write/json.hpp"

namespace mpisize {

/// MPISIZE_PROFILE=FILE[:NAME]: sample the first call (of that name), write FILE, end the program.
struct ProfileRequest {
  std::string file;
  std::string name;  ///< Empty: any call.
};
[[nodiscard]] std::optional<ProfileRequest> profile_request();

/// MPISIZE_PLAN=FILE: run by that plan. Throws InputError if the file cannot be used.
[[nodiscard]] std::optional<PlanFile> plan_request();

/// MPISIZE=off: static blocks, nothing is measured.
[[nodiscard]] bool switched_off();

}  // namespace mpisize
