/// The plans with sub-roots among those that are weighed against each other.
#pragma once

#include <vector>

#include "mpisize/choose/candidates.hpp"

namespace mpisize {

/// Dispatch or the end of the work take time that more dispatchers may save.
[[nodiscard]] bool root_limits(const Situation& situation, const Candidate& of);

/// Adds, for one number of ranks, the best with sub-roots of every schedule and size of groups that
/// `forced` leaves open.
void add_sub_roots(const Situation& situation, int ranks, const Forced& forced, bool largest_first,
                   std::vector<Candidate>& all);

/// Puts racks above those where they are forced; or adds the same with racks, of few of them, where
/// these may be better.
void add_racks(const Situation& situation, const Forced& forced, std::vector<Candidate>& all);

}  // namespace mpisize
