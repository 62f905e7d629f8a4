/// Ranks over nodes as a level of sub-roots sees them. Private.
#pragma once

#include <memory>

#include "mpisize/model/placement.hpp"

namespace mpisize {

/// Groups of at most so many ranks on all nodes; one at least.
[[nodiscard]] int groups_on(const Spread& spread, int group);

/// Of the ranks, in the mean.
struct MeanRank {
  double speed = 0;
  double cpus = 0;  ///< Of its node, for it.
};
[[nodiscard]] MeanRank mean_of(const Spread& spread);

/// The root, then every group as one rank of a node of its own: as fast, to the mean group, as its
/// ranks are together.
[[nodiscard]] Spread groups_as_ranks(const Spread& spread, int group, double mean_members,
                                     double mean_speed);

/// The root, then every rack of `together` of those groups, in order, as one rank: as fast, to a
/// rack of mean groups, as they are together, and as far as the last of them.
[[nodiscard]] Spread racks_as_ranks(const Spread& groups, int together);

/// Mean ranks, so many on each node.
[[nodiscard]] Spread alike(int ranks, int on_node, const MeanRank& mean);

/// Of one plan.
[[nodiscard]] std::shared_ptr<const Spreads> only(int ranks, Spread spread);

}  // namespace mpisize
