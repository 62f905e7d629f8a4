/// The words for enumerators, the same in JSON and in text.
#pragma once

#include <string_view>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/scatter_pattern.hpp"

namespace mpisize {

/// "parallel", "serial", "infeasible".
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// "map", "batch", "stream".
[[nodiscard]] std::string_view name_of(PatternKind kind);

}  // namespace mpisize
