/// The options of mpisize map. Private to options.cpp.
#pragma once

#include "grammar.hpp"
#include "options.hpp"

namespace mpisize::tools {

/// Throws UsageError.
[[nodiscard]] MapOptions map_of(const Common& common, const Values& values);

}  // namespace mpisize::tools
