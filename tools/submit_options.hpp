/// The options of mpisize submit. Private to options.cpp.
#pragma once

#include "grammar.hpp"
#include "options.hpp"

namespace mpisize::tools {

/// `submit` has those that other commands have, too. Throws UsageError.
[[nodiscard]] SubmitOptions submit_of(SubmitOptions submit, const Values& values,
                                      const std::vector<std::string>& child);

}  // namespace mpisize::tools
