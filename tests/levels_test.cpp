// Levels of sub-roots: who is behind whom, by counting.
#include "mpisize/model/levels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "mpisize/model/level_spread.hpp"

namespace mpisize {
namespace {

Situation nodes_of(int nodes, std::int64_t items) {
  Situation s;
  s.nodes = nodes;
  s.work.items = items;
  s.work.mean = 1e-3;
  s.work.total = 1e-3 * static_cast<double>(items);
  s.work.strata = {{0, items, static_cast<double>(items), {1e-3}, 1e-3, 0}};
  s.costs.root_per_chunk = 4e-6;
  s.costs.root_per_item = 1e-9;
  s.costs.near_per_chunk = 1e-6;
  return s;
}

ScatterPattern with_racks(int group, int groups, bool compute = true) {
  ScatterPattern p;
  p.chunk = 4096;
  p.queued = 2;
  p.root_computes = false;
  p.sub_roots = SubRoots{group, 2, 2, compute, Racks{groups, 512, 3}};
  return p;
}

TEST(Groups, OfRacksAreCountedWithTheRanksThatOnlyDispatch) {
  const Situation s = nodes_of(64, 1'000'000);
  const Groups racks = groups_of(s, 1024, *with_racks(16, 8).sub_roots);
  EXPECT_EQ(racks.count, 8);
  EXPECT_EQ(racks.ranks, 128);
  EXPECT_EQ(racks.computing, 127);
  EXPECT_EQ(groups_of(s, 1024, *with_racks(16, 8, false).sub_roots).computing, 127 - 8);
}

TEST(Groups, ARackOfMoreGroupsThanThereAreHoldsAll) {
  EXPECT_EQ(groups_of(nodes_of(4, 1000), 64, *with_racks(16, 100).sub_roots).count, 1);
}

TEST(BetweenGroups, ARackIsAWorkerWithSubRootsBehindIt) {
  const PlanOfLevel between = between_groups(nodes_of(64, 1'000'000), 1024, with_racks(16, 8));
  EXPECT_EQ(between.ranks, 9);
  EXPECT_FALSE(between.pattern.sub_roots);
  const Crew& crew = *between.situation.crew;
  EXPECT_EQ(crew.ranks, 8);
  EXPECT_EQ(crew.piece, 512);
  EXPECT_FALSE(crew.leader_computes);
  EXPECT_DOUBLE_EQ(crew.per_piece, 4e-6 + 512e-9);
  ASSERT_TRUE(crew.each);
  EXPECT_EQ(crew.each->piece, 2);
  EXPECT_DOUBLE_EQ(crew.each->per_piece, 1e-6);
  EXPECT_EQ(crew.each->ranks, 16);
  EXPECT_EQ(crew.all, 1024 - 1 - 8) << "neither the root nor the ranks above sub-roots compute";
}

TEST(InsideOfGroup, ARackIsAPlanWithSubRootsOnItsShare) {
  const PlanOfLevel rack = inside_of_group(nodes_of(64, 1'000'000), 1024, with_racks(16, 8));
  EXPECT_EQ(rack.ranks, 128);
  EXPECT_EQ(rack.situation.nodes, 8);
  EXPECT_EQ(rack.situation.work.items, 125'000);
  EXPECT_EQ(rack.pattern.chunk, 512);
  EXPECT_EQ(rack.pattern.queued, 1) << "1.5 chunks of 8 pieces are 1.5 pieces a group";
  ASSERT_TRUE(rack.pattern.sub_roots);
  EXPECT_FALSE(rack.pattern.sub_roots->racks);
  EXPECT_DOUBLE_EQ(rack.situation.costs.root_per_chunk, 4e-6) << "over the same links as the root";
  const PlanOfLevel group = inside_of_group(rack.situation, rack.ranks, rack.pattern);
  EXPECT_EQ(group.ranks, 16);
  EXPECT_FALSE(group.pattern.sub_roots);
}

TEST(InsideOfGroup, NoMoreIsQueuedInARackThanPlannedNorThanComes) {
  const Situation s = nodes_of(64, 1'000'000);
  ScatterPattern p = with_racks(16, 8);
  for (const auto [chunks, most] : {std::array{1, 1}, std::array{2, 1}, std::array{3, 2},
                                    std::array{4, 3}, std::array{16, 3}}) {
    p.queued = chunks;
    EXPECT_EQ(inside_of_group(s, 1024, p).pattern.queued, most) << chunks;
  }
}

TEST(BetweenGroups, PiecesAreNoLargerThanAnEvenShareOfWhatARackHolds) {
  // A chunk and a half of 64 items over 8 groups are 12 each; half of such a piece over 16 ranks is
  // none, so they get one at a time.
  ScatterPattern p = with_racks(16, 8);
  p.chunk = p.sub_roots->racks->piece = 64;
  p.sub_roots->piece = 8;
  const PlanOfLevel between = between_groups(nodes_of(64, 1'000'000), 1024, p);
  EXPECT_EQ(between.situation.crew->piece, 12);
  EXPECT_EQ(between.situation.crew->each->piece, 1);
  const PlanOfLevel rack = inside_of_group(nodes_of(64, 1'000'000), 1024, p);
  EXPECT_EQ(rack.pattern.chunk, 12);
  EXPECT_EQ(rack.pattern.sub_roots->piece, 1);
}

TEST(InsideOfGroup, ARackOfUnlikeNodesHasMeanOnes) {
  Situation s = nodes_of(64, 1'000'000);
  const Spread spread{{1, 16, 16, 1, Distance::root_node},
                      {31, 16, 16, 1, Distance::root_rack},
                      {32, 16, 16, 0.5, Distance::other_rack}};
  s.spreads = only(1024, spread);
  const PlanOfLevel rack = inside_of_group(s, 1024, with_racks(16, 8));
  const Spread* const inside = spread_of(rack.situation, rack.ranks);
  ASSERT_NE(inside, nullptr);
  EXPECT_EQ(rank_count(*inside), rack.ranks);
  EXPECT_EQ(node_count(*inside), 8);
  for (const NodeKind& kind : *inside) EXPECT_DOUBLE_EQ(kind.speed, 0.75);
}

/// Groups one by one.
struct Group {
  double speed;
  Distance from_root;
};
std::vector<Group> one_by_one(const Spread& spread) {
  std::vector<Group> groups;
  for (const NodeKind& kind : spread) {
    const bool at_root = kind.from_root == Distance::root_node;
    for (int i = at_root ? 1 : 0; i < kind.nodes * kind.ranks; ++i) {
      groups.push_back({kind.speed, kind.from_root});
    }
  }
  return groups;
}

TEST(RacksAsRanks, AreAsFastAsTheirGroupsAndAsFarAsTheLast) {
  for (const int of_root : {0, 1, 3, 8}) {
    for (const int near : {0, 1, 5, 9}) {
      for (const int far : {1, 4, 11}) {
        for (const int together : {1, 2, 3, 8, 50}) {
          Spread groups{{1, 1 + of_root, 1, 0.9, Distance::root_node}};
          if (near > 0) groups.push_back({near, 1, 1, 1.1, Distance::root_rack});
          groups.push_back({far, 2, 1, 0.6, Distance::other_rack});
          const auto all = one_by_one(groups);
          const auto racks = one_by_one(racks_as_ranks(groups, together));
          const auto size = static_cast<std::size_t>(together);
          ASSERT_EQ(racks.size(), (all.size() + size - 1) / size);
          double sum = 0;
          for (std::size_t i = 0; i < all.size(); ++i) {
            sum += all[i].speed / together;
            if ((i + 1) % size != 0 && i + 1 != all.size()) continue;
            // On the root's node racks are one kind, as fast as the last of them.
            if (all[i].from_root != Distance::root_node) {
              EXPECT_NEAR(racks[i / size].speed, sum, 1e-12);
            }
            EXPECT_EQ(racks[i / size].from_root, all[i].from_root);
            sum = 0;
          }
        }
      }
    }
  }
}

TEST(Alike, HasAllRanksAndTheRootsNodeFirst) {
  for (const int ranks : {1, 15, 16, 17, 100, 1024}) {
    const Spread spread = alike(ranks, 16, {0.8, 2});
    EXPECT_EQ(rank_count(spread), ranks);
    EXPECT_EQ(spread.front().from_root, Distance::root_node);
    EXPECT_EQ(spread.front().nodes, 1);
    EXPECT_DOUBLE_EQ(spread.front().cpus, 2 * spread.front().ranks);
  }
}

TEST(TimeThroughRoot, IsWhatNoSubRootTakesOffIt) {
  Situation s = nodes_of(64, 1'000'000);
  EXPECT_DOUBLE_EQ(time_through_root(s, 1024), 1e-3);
  s.costs.port_out_per_item = 1e-8;
  EXPECT_NEAR(time_through_root(s, 1024), 1e-2 * 1008 / 1023, 1e-6) << "the root's node aside";
}

}  // namespace
}  // namespace mpisize
