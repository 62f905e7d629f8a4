/// A plan with sub-roots as two plans: one root and the groups, or racks of groups, as its workers;
/// and one of those by itself, of a rack again a plan with sub-roots.
#pragma once

#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// What the root dispatches to: groups or, if there are, racks. The last may have fewer ranks.
struct Groups {
  int count = 1;
  int ranks = 1;      ///< Of one, sub-roots counted: the mean, rounded up.
  int computing = 1;  ///< Of those.
};
[[nodiscard]] Groups groups_of(const Situation& situation, int ranks, const SubRoots& sub_roots);

/// One plan of a level.
struct PlanOfLevel {
  Situation situation;
  int ranks = 1;
  ScatterPattern pattern;
};

/// A group or rack with its share of the items, as if all of them were there at once.
[[nodiscard]] PlanOfLevel inside_of_group(const Situation& situation, int ranks,
                                          const ScatterPattern& pattern);

/// The root and the groups or racks, each with its crew.
[[nodiscard]] PlanOfLevel between_groups(const Situation& situation, int ranks,
                                         const ScatterPattern& pattern);

}  // namespace mpisize
