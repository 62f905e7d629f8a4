/// Who dispatches to whom where sub-roots do.
#pragma once

#include <cstdint>
#include <vector>

namespace mpisize {

/// The root dispatches to sub-roots, or to sub-roots above those; these to their sub-roots; each
/// sub-root to the ranks of its group, and computes with them.
struct DispatchTree {
  std::vector<int> parent;       ///< By rank; of the root itself.
  std::vector<bool> dispatches;  ///< By rank; a sub-root also where its group has no other rank.

  /// A rank that dispatches and those that it dispatches to, in rising order: itself is the first.
  [[nodiscard]] std::vector<int> team_of(int rank) const;
  /// Dispatchers above a rank.
  [[nodiscard]] int depth_of(int rank) const;
  /// Ranks of a team that are among the first `ranks` of all: its first ones.
  [[nodiscard]] int taking_part(int rank, int ranks) const;
};

/// Of each host's ranks, in order, every `group` have a sub-root, the first among them. If `rack`
/// is above 0 every `rack` groups, in order, have one above their sub-roots: the first rank of the
/// first group, whose place there the next one takes. The root is in no group. `hosts` as
/// Communicator::hosts().
[[nodiscard]] DispatchTree dispatch_tree(const std::vector<std::uint64_t>& hosts, int group,
                                         int rack = 0);

}  // namespace mpisize
