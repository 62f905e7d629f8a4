/// The options of mpisize history. Private to options.cpp.
#pragma once

#include "grammar.hpp"
#include "options.hpp"

namespace mpisize::tools {

/// Throws UsageError.
[[nodiscard]] HistoryOptions history_of(const Common& common, const Values& values);

}  // namespace mpisize::tools
