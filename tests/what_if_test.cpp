#include "mpisize/model/what_if.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

Link link_of(Level level, double alpha, double beta) {
  Link link;
  link.level = level;
  link.pieces = {{Bytes(0), {Seconds(alpha), SecondsPerByte(beta)}}};
  link.latency = given(Seconds(alpha));
  link.per_byte = given(SecondsPerByte(beta));
  link.source = Source::given;
  return link;
}

const std::vector<Link> both{link_of(Level::same_node, 5e-7, 1e-10),
                             link_of(Level::between_nodes, 2e-6, 8e-11)};

Topology nodes_of(int nodes, int pus) {
  Topology topology;
  topology.nodes = nodes;
  topology.node.cores = topology.node.pus = pus;
  topology.grant.cores = topology.grant.pus = pus;
  topology.grant.cpus = pus;
  return topology;
}

TEST(DispatchOver, WithoutLinksIsWhatWasThere) {
  DispatchCost rest;
  rest.round_trip = measured(Seconds(1), Seconds(1), Seconds(1));
  EXPECT_EQ(dispatch_over({}, 4, rest), rest);
  EXPECT_EQ(dispatch_over({}, 1), DispatchCost());
}

TEST(DispatchOver, RoundTripGoesTheWayTwice) {
  const DispatchCost cost = dispatch_over(both, 4);
  const Seconds busy = cost.root_per_chunk.value + cost.worker_per_chunk.value;
  EXPECT_NEAR((cost.round_trip.value - busy).value(), 2 * 2e-6, 1e-15);
  EXPECT_EQ(cost.round_trip.source, Source::derived);
  EXPECT_EQ(cost.root_per_chunk, DispatchCost().root_per_chunk);
}

TEST(DispatchOver, OverheadsOfAMessageAreNotCountedTwice) {
  std::vector<Link> links = both;
  links[1].latency = given(Seconds(30e-6));
  links[1].message.send = links[1].message.receive = given(Seconds(10e-6));
  const DispatchCost cost = dispatch_over(links, 4);
  EXPECT_NEAR(cost.root_per_chunk.value.value(), 20e-6, 1e-15);
  EXPECT_EQ(cost.root_per_chunk.source, Source::derived);
  // There and back: 2 x (10 + 10 + 10) us, all of it on the way or in the messages.
  EXPECT_NEAR(cost.round_trip.value.value(), 60e-6, 1e-12);
}

TEST(DispatchOver, DataGoThroughMemoryAndThePortOfTheNode) {
  const DispatchCost cost = dispatch_over(both, 4);
  EXPECT_EQ(cost.root_per_byte.value, SecondsPerByte(1e-10));
  EXPECT_EQ(cost.port_per_byte.value, SecondsPerByte(8e-11));
  std::vector<Link> wide = both;
  wide[1].node_per_byte = given(SecondsPerByte(4e-11));
  EXPECT_EQ(dispatch_over(wide, 4).port_per_byte.value, SecondsPerByte(4e-11));
  EXPECT_EQ(dispatch_over(both, 1).port_per_byte, DispatchCost().port_per_byte);
}

TEST(DispatchOver, OneKindOfLinkSaysNothingOfTheOther) {
  const DispatchCost far = dispatch_over({both[0]}, 4);
  EXPECT_EQ(far.round_trip, DispatchCost().round_trip);
  ASSERT_TRUE(far.near);
  EXPECT_EQ(far.near->round_trip.source, Source::derived);
  EXPECT_EQ(dispatch_over({both[1]}, 1), DispatchCost());
  EXPECT_FALSE(dispatch_over({both[1]}, 4).near);
}

TEST(MovedTo, MoreOfTheSameNodesKeepsWhatWasMeasuredWithinOne) {
  Machine one;
  one.topology = nodes_of(1, 8);
  one.links = both;
  one.dispatch.round_trip = measured(Seconds(3e-7), Seconds(2e-7), Seconds(4e-7));
  one.dispatch.root_per_chunk = measured(Seconds(1e-7), Seconds(1e-7), Seconds(1e-7));
  const Machine many = moved_to(one, nodes_of(64, 8));
  EXPECT_EQ(many.topology.nodes, 64);
  ASSERT_TRUE(many.dispatch.near);
  EXPECT_EQ(many.dispatch.near->round_trip, one.dispatch.round_trip);
  EXPECT_EQ(many.dispatch.near->root_per_chunk, one.dispatch.root_per_chunk);
  EXPECT_GT(many.dispatch.round_trip.value, Seconds(4e-6));
  EXPECT_EQ(many.dispatch.round_trip.source, Source::derived);
}

TEST(MovedTo, WithoutALinkBetweenNodesTheWayIsAssumed) {
  Machine one;
  one.topology = nodes_of(1, 8);
  one.dispatch.round_trip = measured(Seconds(3e-7), Seconds(2e-7), Seconds(4e-7));
  EXPECT_EQ(moved_to(one, nodes_of(2, 8)).dispatch.round_trip.source, Source::assumed);
}

TEST(MovedTo, BackToOneNodeCostsWhatItDoesWithinOne) {
  Machine one;
  one.topology = nodes_of(1, 8);
  one.links = both;
  one.dispatch.round_trip = measured(Seconds(3e-7), Seconds(2e-7), Seconds(4e-7));
  const Machine back = moved_to(moved_to(one, nodes_of(64, 8)), nodes_of(1, 8));
  EXPECT_EQ(back.dispatch.round_trip, one.dispatch.round_trip);
  EXPECT_EQ(back.dispatch.port_per_byte, DispatchCost().port_per_byte);
  EXPECT_FALSE(back.dispatch.near);
}

TEST(MovedTo, HostsStayWhereTheNodesAreAlike) {
  Machine machine;
  machine.topology = nodes_of(2, 8);
  machine.hosts.resize(2);
  for (Host& host : machine.hosts) host.topology = nodes_of(1, 8);
  EXPECT_EQ(moved_to(machine, nodes_of(2, 8)).hosts.size(), 2U);
  EXPECT_TRUE(moved_to(machine, nodes_of(2, 4)).hosts.empty());
  EXPECT_TRUE(moved_to(machine, nodes_of(1, 8)).hosts.empty());
  EXPECT_TRUE(moved_to(machine, nodes_of(64, 8)).hosts.empty());
  EXPECT_TRUE(moved_to(machine, nodes_of(2, 16)).hosts.empty());
}

TEST(HostsFit, LeavesOutThoseThatCannotBeUsed) {
  std::vector<Host> hosts(3);
  EXPECT_TRUE(hosts_fit(hosts, nodes_of(3, 1)));
  hosts[1].usable = false;
  EXPECT_FALSE(hosts_fit(hosts, nodes_of(3, 1)));
  EXPECT_TRUE(hosts_fit({}, nodes_of(3, 1)));
}

}  // namespace
}  // namespace mpisize
