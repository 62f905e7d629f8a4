#include "mpisize/choose/offers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t gibibyte = std::int64_t{1} << 30;

NodeGroup nodes(int idle, int cores, std::int64_t gibibytes) {
  NodeGroup group;
  group.states.idle = idle;
  group.cores_per_socket = cores;
  group.cpus = cores;
  group.memory = Bytes(gibibytes * gibibyte);
  return group;
}

Cluster cluster_of(std::vector<NodeGroup> groups) {
  Cluster cluster;
  cluster.name = "c";
  cluster.user.name = "ada";
  cluster.partitions.emplace_back().name = "p";
  cluster.partitions.front().groups = std::move(groups);
  return cluster;
}

Offers offers(const Cluster& cluster) { return offers_of(cluster, {}); }

std::string why(const Offers& found) {
  EXPECT_THAT(found.open, IsEmpty());
  return found.closed.empty() ? "" : found.closed.front().why;
}

TEST(Offers, NodesOfAShapeAreAllThatHaveAtLeastAsMuch) {
  Cluster cluster = cluster_of({nodes(10, 64, 256), nodes(4, 64, 512), nodes(3, 32, 1024)});
  const auto open = offers(cluster).open;
  ASSERT_THAT(open, SizeIs(3));
  EXPECT_EQ(open[0].topology.grant.cores, 32);  // The large memory alone: the others have less.
  EXPECT_EQ(open[0].topology.nodes, 3);
  EXPECT_EQ(open[1].topology.nodes, 14);
  EXPECT_EQ(open[1].idle_nodes, 14);
  EXPECT_EQ(open[2].topology.nodes, 4);
  EXPECT_EQ(open[2].topology.node.memory, Bytes(512 * gibibyte));
}

TEST(Offers, NodesThatAreDownAreNotOffered) {
  NodeGroup group = nodes(2, 8, 16);
  group.states = {2, 1, 3, 7};
  const auto open = offers(cluster_of({group})).open;
  ASSERT_THAT(open, SizeIs(1));
  EXPECT_EQ(open[0].topology.nodes, 6);
  EXPECT_EQ(open[0].idle_nodes, 2);
  group.states = {0, 0, 0, 5};
  EXPECT_EQ(why(offers(cluster_of({group}))), "all nodes that it could have are down");
}

TEST(Offers, MemoryThatMayBeUsedLeavesRoomForWhatIsAskedBesides) {
  Cluster cluster = cluster_of({nodes(1, 8, 100)});
  OfferWishes wishes;
  wishes.memory_margin = 0.25;
  wishes.memory_besides = Bytes(gibibyte);
  const auto usable = [&] {
    return offers_of(cluster, wishes).open.at(0).topology.grant.memory->value();
  };
  constexpr std::int64_t mebibyte = 1 << 20;
  EXPECT_EQ(usable(), 99 * gibibyte * 4 / 5 - mebibyte);
  cluster.partitions[0].max_memory_per_node = Bytes(51 * gibibyte);
  EXPECT_EQ(usable(), 40 * gibibyte - mebibyte);
  cluster.partitions[0].max_memory_per_cpu = Bytes(2 * gibibyte);  // x 8
  EXPECT_EQ(usable(), 12 * gibibyte - mebibyte);
}

TEST(Offers, LimitsAreThePartitionsOrTheAccountsIfNarrower) {
  Cluster cluster = cluster_of({nodes(100, 8, 16)});
  Partition& p = cluster.partitions[0];
  p.max_nodes = 20;
  p.min_nodes = 4;
  p.max_time = Seconds(7200);
  cluster.max_tasks_per_node = 6;
  Offer offer = offers(cluster).open.at(0);
  EXPECT_EQ(offer.topology.nodes, 20);
  EXPECT_EQ(offer.least_nodes, 4);
  EXPECT_EQ(offer.max_time, Seconds(7200));
  EXPECT_EQ(offer.max_tasks_per_node, 6);
  Association association;
  association.account = "science";
  association.is_default = true;
  association.max_time = Seconds(3600);
  cluster.user.associations = {association};
  EXPECT_EQ(offers(cluster).open.at(0).max_time, Seconds(3600));
  p.max_time = Seconds(1800);
  EXPECT_EQ(offers(cluster).open.at(0).max_time, Seconds(1800));
  p.min_nodes = 21;
  EXPECT_EQ(why(offers(cluster)), "its jobs take 21 nodes or more, and there are 20");
}

TEST(Offers, WhatNoNodeHasClosesAPartition) {
  NodeGroup with = nodes(2, 8, 16);
  with.features = {"ib"};
  with.gres = {{"gpu", 2}};
  const Cluster cluster = cluster_of({nodes(5, 8, 16), with});
  OfferWishes wishes;
  wishes.needs.constraint = "ib";
  EXPECT_EQ(offers_of(cluster, wishes).open.at(0).topology.nodes, 2);
  wishes.needs.gres = "gpu:3";
  EXPECT_EQ(why(offers_of(cluster, wishes)), "no node has 3 of gres gpu, but 2");
}

TEST(Offers, WholeNodesAreThoseOfThePartitionOrAskedFor) {
  Cluster cluster = cluster_of({nodes(2, 8, 16)});
  Partition& p = cluster.partitions[0];
  EXPECT_FALSE(offers(cluster).open.at(0).whole_nodes);
  p.whole_nodes = true;
  EXPECT_TRUE(offers(cluster).open.at(0).says_exclusive);
  p.max_cpus_per_node = 4;  // sbatch refuses --exclusive, and gives the whole node without it
  EXPECT_TRUE(offers(cluster).open.at(0).whole_nodes);
  EXPECT_FALSE(offers(cluster).open.at(0).says_exclusive);
  OfferWishes wishes;
  wishes.needs.whole_nodes = true;
  EXPECT_THAT(why(offers_of(cluster, wishes)), HasSubstr("MaxCPUsPerNode"));
  p.max_cpus_per_node.reset();
  p.whole_nodes = false;
  EXPECT_TRUE(offers_of(cluster, wishes).open.at(0).says_exclusive);
}

TEST(Offers, AnAccountIsNamedWhereTheDefaultOneIsNotTaken) {
  Cluster cluster = cluster_of({nodes(2, 8, 16)});
  for (const char* const account : {"science", "teaching"}) {
    cluster.user.associations.emplace_back().account = account;
  }
  cluster.user.associations[0].is_default = true;
  EXPECT_FALSE(offers(cluster).open.at(0).account);
  cluster.partitions[0].allow_accounts = {"teaching"};
  EXPECT_EQ(offers(cluster).open.at(0).account, "teaching");
  OfferWishes wishes;
  wishes.account = "science";
  EXPECT_EQ(why(offers_of(cluster, wishes)), "it does not take the account science");
  wishes.account = "sience";
  try {
    static_cast<void>(offers_of(cluster, wishes));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "user ada has no account 'sience'; take one of science, teaching");
  }
}

TEST(Offers, APartitionOrAQosThatIsNotTakenIsSaid) {
  Cluster cluster = cluster_of({nodes(2, 8, 16)});
  OfferWishes wishes;
  wishes.partition = "q";
  EXPECT_THROW((void)offers_of(cluster, wishes), InputError);
  wishes.partition = "p";
  wishes.needs.qos = "long";
  EXPECT_THAT(offers_of(cluster, wishes).open, SizeIs(1));
  cluster.partitions[0].allow_qos = {"normal"};
  EXPECT_EQ(why(offers_of(cluster, wishes)), "it does not take the quality of service long");
  cluster.partitions[0].state = PartitionState::drain;
  EXPECT_THAT(why(offers(cluster)), HasSubstr("drained"));
}

}  // namespace
}  // namespace mpisize
