/// How fast nodes are for a kernel, by the items that were sampled on them.
#pragma once

#include <cstdint>

#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/placement.hpp"

namespace mpisize {

/// Sets the speeds of nodes of ranks that run already, the median one's to 1, by the samples: where
/// they surely differ by node (Kruskal and Wallis 1952, 1 %), drawn towards 1 as far as they are
/// few (empirical Bayes, Efron and Morris 1973); else to 1. Nodes with hardly any samples stay as
/// they are. Waiting for a core counts as slow where there is a CPU for every rank: then it is
/// others' load, or a quota.
void learn_speeds(Placement& placement, const KernelProfile& kernel, std::int64_t items);

/// Samples as they would be on nodes of speed 1; of the placement's nodes that have another.
void level(KernelProfile& kernel, const Placement& placement);

}  // namespace mpisize
