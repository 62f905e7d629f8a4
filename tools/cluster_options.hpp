/// Options of a job that one of Slurm's partitions is chosen for.
#pragma once

#include "grammar.hpp"
#include "options.hpp"

namespace mpisize::tools {

/// `only_chosen`: without a choice among partitions they have no use. Throws UsageError.
[[nodiscard]] ClusterWishes cluster_wishes_of(const Values& values, bool only_chosen);

}  // namespace mpisize::tools
