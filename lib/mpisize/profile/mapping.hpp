/// The file of this process.
#pragma once

#include "mpisize/measure/counter_format.hpp"

namespace mpisize::profile {

/// Makes a new file in the directory that MPISIZE_COUNTERS names, with all its blocks, and maps it.
/// nullptr: the variable is not set, or there is no room (said on stderr, once, in one sentence).
[[nodiscard]] counters::File* map_counters();

}  // namespace mpisize::profile
