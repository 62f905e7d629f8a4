/// A plan with sub-roots as two plans without: one root and the groups as its workers; in each
/// group a sub-root and its ranks.
#pragma once

#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// Groups of a plan with sub-roots; the last may have fewer ranks.
struct Groups {
  int count = 1;
  int ranks = 1;      ///< Of one, the sub-root counted: the mean, rounded up.
  int computing = 1;  ///< Of those.
};
[[nodiscard]] Groups groups_of(const Situation& situation, int ranks, const SubRoots& sub_roots);

/// One plan of a level.
struct PlanOfLevel {
  Situation situation;
  int ranks = 1;
  ScatterPattern pattern;
};

/// A group with its share of the items, as if all of them were there at once.
[[nodiscard]] PlanOfLevel inside_of_group(const Situation& situation, int ranks,
                                          const ScatterPattern& pattern);

/// The root and the groups, each with its crew.
[[nodiscard]] PlanOfLevel between_groups(const Situation& situation, int ranks,
                                         const ScatterPattern& pattern);

}  // namespace mpisize
