// Every rank but the root has one rank that dispatches to it.
#include "mpisize/mpi/dispatch_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mpisize {
namespace {

using Ranks = std::vector<int>;

/// Ranks that dispatch, the root among them.
Ranks dispatchers(const DispatchTree& tree) {
  Ranks ranks;
  for (std::size_t r = 0; r < tree.dispatches.size(); ++r) {
    if (tree.dispatches[r]) ranks.push_back(static_cast<int>(r));
  }
  return ranks;
}

std::vector<std::uint64_t> one_host(std::size_t ranks) {
  return std::vector<std::uint64_t>(ranks, 7);
}

TEST(DispatchTree, EachHostHasASubRootOfItsOwnAndTheRootIsInNoGroup) {
  const std::vector<std::uint64_t> by_node{7, 7, 7, 8, 8, 8};
  EXPECT_EQ(dispatch_tree(by_node, 8).parent, (Ranks{0, 0, 1, 0, 3, 3}));
  const std::vector<std::uint64_t> in_turn{7, 8, 7, 8, 7, 8};
  EXPECT_EQ(dispatch_tree(in_turn, 8).parent, (Ranks{0, 0, 0, 1, 2, 1}));
}

TEST(DispatchTree, ASubRootServesAsManyAsItsGroupHolds) {
  EXPECT_EQ(dispatch_tree(one_host(8), 3).parent, (Ranks{0, 0, 1, 1, 0, 4, 4, 0}));
  EXPECT_EQ(dispatchers(dispatch_tree(one_host(8), 3)), (Ranks{0, 1, 4, 7}));
  EXPECT_EQ(dispatch_tree(one_host(4), 1).parent, (Ranks{0, 0, 0, 0}));
  EXPECT_EQ(dispatchers(dispatch_tree(one_host(4), 1)), (Ranks{0, 1, 2, 3}));
}

TEST(DispatchTree, ARackTakesTheFirstRankOfItsFirstGroupAndTheNextOneItsPlace) {
  // Groups 1 2 3, 4 5 6, 7 8 9, 10 11 12, in racks of two.
  const DispatchTree tree = dispatch_tree(one_host(13), 3, 2);
  EXPECT_EQ(tree.parent, (Ranks{0, 0, 1, 2, 1, 4, 4, 0, 7, 8, 7, 10, 10}));
  EXPECT_EQ(dispatchers(tree), (Ranks{0, 1, 2, 4, 7, 8, 10}));
}

TEST(DispatchTree, AGroupOfOneRankLeavesNothingBehindForItsRack) {
  const DispatchTree tree = dispatch_tree(one_host(5), 1, 2);
  EXPECT_EQ(tree.parent, (Ranks{0, 0, 1, 0, 3}));
  EXPECT_EQ(dispatchers(tree), (Ranks{0, 1, 2, 3, 4}));
  EXPECT_EQ(dispatch_tree(one_host(2), 3, 2).parent, (Ranks{0, 0}));
}

TEST(DispatchTree, LeadsFromEveryRankToTheRootThroughRanksThatDispatch) {
  for (const int group : {1, 2, 3, 5, 40}) {
    for (const int rack : {0, 1, 2, 3, 50}) {
      for (std::size_t ranks = 1; ranks < 30; ++ranks) {
        std::vector<std::uint64_t> hosts;
        for (std::size_t r = 0; r < ranks; ++r) hosts.push_back(r * 7 % 3);
        const DispatchTree tree = dispatch_tree(hosts, group, rack);
        const int most_above = rack > 0 ? 3 : 2;
        for (int r = 1; r < static_cast<int>(ranks); ++r) {
          const int above = tree.parent[static_cast<std::size_t>(r)];
          ASSERT_LT(above, r) << "a team's first rank dispatches";
          ASSERT_TRUE(tree.dispatches[static_cast<std::size_t>(above)]);
          ASSERT_LE(tree.depth_of(r), most_above);
          const Ranks team = tree.team_of(above);
          ASSERT_EQ(std::count(team.begin(), team.end(), r), 1);
        }
      }
    }
  }
}

TEST(DispatchTree, OfATeamTheFirstOnesTakePart) {
  const DispatchTree tree = dispatch_tree(one_host(13), 3, 2);
  EXPECT_EQ(tree.team_of(1), (Ranks{1, 2, 4}));
  EXPECT_EQ(tree.taking_part(1, 13), 3);
  EXPECT_EQ(tree.taking_part(1, 4), 2);
  EXPECT_EQ(tree.taking_part(1, 1), 0);
  EXPECT_EQ(tree.taking_part(0, 13), 3) << "the root and two racks";
}

}  // namespace
}  // namespace mpisize
