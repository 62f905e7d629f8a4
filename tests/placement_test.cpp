#include "mpisize/model/placement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;

Host host(const std::string& name, double speed = 1, int rack = 0, int pus = 4) {
  Host h;
  h.name = name;
  h.speed = speed;
  h.rack = rack;
  h.topology.grant = {pus, pus, static_cast<double>(pus), {}, {}};
  return h;
}

std::vector<std::string> names_of(const std::vector<PlacedNode>& nodes) {
  std::vector<std::string> names;
  for (const PlacedNode& node : nodes) names.push_back(node.host);
  return names;
}

std::vector<int> ranks_of(const std::vector<PlacedNode>& nodes) {
  std::vector<int> ranks;
  for (const PlacedNode& node : nodes) ranks.push_back(node.ranks);
  return ranks;
}

TEST(PlacementOf, TakesHostsThatAreAlikeAsTheyAreListed) {
  const auto placement = placement_of({host("a", 1.02), host("b", 0.98), host("c", 1.01)});
  EXPECT_THAT(names_of(placement.nodes), ElementsAre("a", "b", "c"));
}

TEST(PlacementOf, PutsTheRootOnTheFastestHostOfTheLargestRack) {
  const auto placement =
      placement_of({host("a", 2, 0), host("b", 1, 1), host("c", 1.3, 1), host("d", 1, 1)});
  EXPECT_THAT(names_of(placement.nodes), ElementsAre("c", "b", "d", "a"));
}

TEST(PlacementOf, TakesSlowHostsLastWhereverTheyAre) {
  const auto placement =
      placement_of({host("a", 0.5), host("b"), host("c", 0.7), host("d", 1, 1), host("e")});
  EXPECT_THAT(names_of(placement.nodes), ElementsAre("b", "e", "d", "c", "a"));
}

TEST(PlacementOf, LeavesOutWhatIsNotUsable) {
  auto down = host("b");
  down.usable = false;
  EXPECT_THAT(names_of(placement_of({host("a"), down, host("c")}).nodes), ElementsAre("a", "c"));
  EXPECT_TRUE(placement_of({down}).nodes.empty());
}

TEST(PlacementOf, ARackOfSlowHostsIsNoPlaceForTheRoot) {
  const auto placement =
      placement_of({host("a", 0.5, 0), host("b", 0.5, 0), host("c", 0.5, 0), host("d", 1, 1)});
  EXPECT_EQ(placement.nodes.front().host, "d");
}

TEST(RoomOf, JoinsNodesThatAreAlikeButKeepsTheRootsApart) {
  const Spread room = room_of(
      placement_of({host("a"), host("b"), host("c", 1), host("d", 1, 1), host("e", 0.5)}));
  ASSERT_EQ(room.size(), 4U);
  EXPECT_EQ(room[0], (NodeKind{1, 4, 4, 1, Distance::root_node}));
  EXPECT_EQ(room[1], (NodeKind{2, 4, 4, 1, Distance::root_rack}));
  EXPECT_EQ(room[2], (NodeKind{1, 4, 4, 1, Distance::other_rack}));
  EXPECT_EQ(room[3], (NodeKind{1, 4, 4, 0.5, Distance::root_rack}));
  EXPECT_THAT(node_counts(room), ElementsAre(3, 4, 5));
  EXPECT_EQ(rank_count(room), 20);
}

TEST(Fill, IsEvenOverTheNodesAsked) {
  const auto placement = placement_of({host("a"), host("b"), host("c"), host("d")});
  EXPECT_THAT(ranks_of(fill(placement, 4, 8)), ElementsAre(2, 2, 2, 2));
  EXPECT_THAT(ranks_of(fill(placement, 4, 6)), ElementsAre(2, 2, 2));
  EXPECT_THAT(ranks_of(fill(placement, 2, 6)), ElementsAre(3, 3));
  EXPECT_THAT(ranks_of(fill(placement, 4, 3)), ElementsAre(1, 1, 1));
}

TEST(Fill, GivesANodeNoMoreThanItTakesUnlessForced) {
  const auto placement = placement_of({host("a", 1, 0, 8), host("b", 1, 0, 2), host("c", 1, 0, 4)});
  EXPECT_THAT(names_of(placement.nodes), ElementsAre("a", "c", "b"));
  EXPECT_THAT(ranks_of(fill(placement, 3, 14)), ElementsAre(8, 4, 2));
  EXPECT_THAT(ranks_of(fill(placement, 3, 9)), ElementsAre(4, 4, 1));
  EXPECT_THAT(ranks_of(fill(placement, 3, 30)), ElementsAre(10, 10, 10));
}

/// Node by node, whatever kinds there are.
TEST(Fill, OfKindsIsThatOfNodes) {
  Random random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<Host> hosts;
    const auto count = static_cast<int>(1 + random.below(12));
    for (int i = 0; i < count; ++i) {
      const double speeds[] = {1, 1, 1, 0.7, 0.4};
      hosts.push_back(host("n" + std::to_string(i), speeds[random.below(5)],
                           static_cast<int>(random.below(3)),
                           static_cast<int>(1 + random.below(4))));
    }
    const Placement placement = placement_of(hosts);
    const Spread room = room_of(placement);
    const auto nodes = static_cast<int>(1 + random.below(count));
    const auto ranks = static_cast<int>(nodes + random.below(30));
    std::vector<int> of_kinds;
    for (const NodeKind& kind : fill(room, nodes, ranks)) {
      of_kinds.insert(of_kinds.end(), static_cast<std::size_t>(kind.nodes), kind.ranks);
    }
    const auto filled = fill(placement, nodes, ranks);
    EXPECT_EQ(of_kinds, ranks_of(filled));
    int sum = 0;
    for (const PlacedNode& node : filled) sum += node.ranks;
    EXPECT_EQ(sum, ranks);
    EXPECT_LE(static_cast<int>(filled.size()), nodes);
  }
}

Placement job(std::vector<int> node_of_rank, std::vector<double> speeds) {
  Placement placement;
  for (std::size_t i = 0; i < speeds.size(); ++i) {
    placement.nodes.push_back({"n" + std::to_string(i + 1), 0, speeds[i], 0, 4});
  }
  placement.node_of_rank = std::move(node_of_rank);
  return placement;
}

TEST(SpreadsOf, CountsRanksWhereTheyAre) {
  const auto spreads = spreads_of(job({0, 1, 2, 0, 1, 2, 0}, {1, 1, 0.5}), {1, 2, 7});
  EXPECT_THAT(spreads.at(1), ElementsAre(NodeKind{1, 1, 4, 1, Distance::root_node}));
  EXPECT_THAT(spreads.at(2), ElementsAre(NodeKind{1, 1, 4, 1, Distance::root_node},
                                         NodeKind{1, 1, 4, 1, Distance::root_rack}));
  EXPECT_THAT(spreads.at(7), ElementsAre(NodeKind{1, 3, 4, 1, Distance::root_node},
                                         NodeKind{1, 2, 4, 1, Distance::root_rack},
                                         NodeKind{1, 2, 4, 0.5, Distance::root_rack}));
}

TEST(FirstRanks, AreTheNodesInUse) {
  const auto nodes = first_ranks(job({0, 1, 0, 2}, {1, 1, 1}), 3);
  EXPECT_THAT(names_of(nodes), ElementsAre("n1", "n2"));
  EXPECT_THAT(ranks_of(nodes), ElementsAre(2, 1));
}

}  // namespace
}  // namespace mpisize
