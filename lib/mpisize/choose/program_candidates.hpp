/// Configurations of a program that are weighed against each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/program_planner.hpp"

namespace mpisize {

/// Nodes of so many ranks: as few as have the cores, or all that there are where ranks are dealt to
/// them in turn; not more than ranks.
[[nodiscard]] int nodes_for(const Topology& topology, int ranks, int threads, bool dealt);

/// The largest of what the limits hold against a candidate, each over its limit: above 1 breaks it.
/// 0 without limits.
[[nodiscard]] double worst_ratio(const ProgramRequest& request, const ProgramCandidate& candidate);

/// The limit that it breaks most; empty if none.
[[nodiscard]] std::optional<std::string> worst_limit(const ProgramRequest& request,
                                                     const ProgramCandidate& candidate);

}  // namespace mpisize
