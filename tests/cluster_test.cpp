#include "mpisize/model/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Bytes gibibyte{std::int64_t{1} << 30};

Partition partition(const std::string& name) {
  Partition p;
  p.name = name;
  return p;
}

Cluster cluster_of(const std::vector<std::string>& names) {
  Cluster cluster;
  cluster.name = "c";
  cluster.user.name = "ada";
  for (const std::string& name : names) cluster.partitions.push_back(partition(name));
  return cluster;
}

Association of_account(const std::string& account) {
  Association association;
  association.account = account;
  association.qos = {"normal"};
  return association;
}

std::string error_of(const Cluster& cluster, const std::string& name) {
  try {
    static_cast<void>(partition_named(cluster, name));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Cluster, PartitionIsFoundByItsName) {
  const Cluster cluster = cluster_of({"main", "short"});
  EXPECT_EQ(&partition_named(cluster, "short"), &cluster.partitions[1]);
}

TEST(Cluster, UnknownPartitionIsAnErrorThatNamesThoseThatExistAndTheNearest) {
  EXPECT_EQ(error_of(cluster_of({"main", "short"}), "shrot"),
            "cluster c has no partition 'shrot'; did you mean 'short'? Or take one of main, short");
  EXPECT_EQ(error_of(cluster_of({"main", "short"}), "gpu-large"),
            "cluster c has no partition 'gpu-large'; take one of main, short");
  EXPECT_THAT(error_of(cluster_of({}), "main"), HasSubstr("nor any other"));
}

TEST(Cluster, DefaultPartitionIsTheOneMarkedOrNone) {
  Cluster cluster = cluster_of({"main", "short"});
  EXPECT_EQ(default_partition(cluster), nullptr);
  cluster.partitions[1].is_default = true;
  EXPECT_EQ(default_partition(cluster), &cluster.partitions[1]);
}

TEST(Cluster, StatesOfAPartitionAreThoseOfItsGroups) {
  Partition p = partition("p");
  p.groups.resize(2);
  p.groups[0].states = {1, 2, 3, 4};
  p.groups[1].states = {10, 20, 30, 40};
  EXPECT_EQ(p.states(), (NodeStates{11, 22, 33, 44}));
  EXPECT_EQ(p.states().all(), 110);
}

TEST(Cluster, OpenPartitionRefusesNobody) {
  const Cluster cluster = cluster_of({"main"});
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), std::nullopt);
}

TEST(Cluster, PartitionThatIsNotUpRefusesEverybody) {
  Cluster cluster = cluster_of({"main"});
  cluster.user.name = "root";
  for (const auto& [state, word] : {std::pair{PartitionState::down, "down"},
                                    {PartitionState::drain, "drained"},
                                    {PartitionState::inactive, "inactive"}}) {
    cluster.partitions[0].state = state;
    EXPECT_THAT(refusal(cluster, cluster.partitions[0]).value_or(""), HasSubstr(word));
  }
}

TEST(Cluster, GroupsAreAskedForUnlessOneIsRoot) {
  Cluster cluster = cluster_of({"main"});
  cluster.partitions[0].allow_groups = {"physics", "biology"};
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), "it is for the groups physics, biology");
  cluster.user.groups = {"users", "biology"};
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), std::nullopt);
  cluster.user = {"root", {}, {}};
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), std::nullopt);
  cluster.partitions[0].root_only = true;
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), std::nullopt);
  cluster.user.name = "ada";
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), "it is for root");
}

TEST(Cluster, AccountsOfTheUserThatThePartitionTakesAreUsable) {
  Cluster cluster = cluster_of({"main"});
  Partition& p = cluster.partitions[0];
  cluster.user.associations = {of_account("a"), of_account("b"), of_account("b")};
  EXPECT_THAT(usable_accounts(cluster, p), ElementsAre("a", "b"));
  p.deny_accounts = {"a"};
  EXPECT_THAT(usable_accounts(cluster, p), ElementsAre("b"));
  EXPECT_EQ(refusal(cluster, p), std::nullopt);
  p.deny_accounts = {"a", "b"};
  EXPECT_THAT(refusal(cluster, p).value_or(""), HasSubstr("closed to the accounts"));
  p.deny_accounts.clear();
  p.allow_accounts = {"x", "y"};
  EXPECT_THAT(usable_accounts(cluster, p), IsEmpty());
  EXPECT_EQ(refusal(cluster, p), "it is for the accounts x, y");
  p.allow_accounts = {"x", "a"};
  EXPECT_THAT(usable_accounts(cluster, p), ElementsAre("a"));
  p.allow_qos = {"express"};
  EXPECT_THAT(usable_accounts(cluster, p), IsEmpty());
  cluster.user.associations[0].qos = {"normal", "express"};
  EXPECT_THAT(usable_accounts(cluster, p), ElementsAre("a"));
  cluster.user.associations[0].partition = "other";
  EXPECT_THAT(usable_accounts(cluster, p), IsEmpty());
  cluster.user.associations[0].partition = "main";
  EXPECT_THAT(usable_accounts(cluster, p), ElementsAre("a"));
}

TEST(Cluster, WithoutAccountingAnyAccountMayBeNamedUnlessAccountsAreEnforced) {
  Cluster cluster = cluster_of({"main"});
  cluster.partitions[0].allow_accounts = {"x"};
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), std::nullopt);
  cluster.accounts_are_enforced = true;
  EXPECT_EQ(refusal(cluster, cluster.partitions[0]), "user ada has no account");
}

TEST(Cluster, NodesOfAGroupAreAPlansTopology) {
  NodeGroup group;
  group.sockets = 2;
  group.cores_per_socket = 8;
  group.threads_per_core = 2;
  group.cpus = 32;
  group.memory = gibibyte * 64;
  const Topology topology = topology_of(partition("p"), group, 3);
  EXPECT_EQ(topology.nodes, 3);
  EXPECT_EQ(topology.node, (NodeShape{2, 2, 16, 32, gibibyte * 64}));
  EXPECT_EQ(topology.grant, (Grant{16, 32, 32, gibibyte * 64, {}}));
  // Slurm hands out cores there: one thread of each.
  group.cpus = 16;
  EXPECT_EQ(topology_of(partition("p"), group, 3).grant, (Grant{16, 16, 16, gibibyte * 64, {}}));
}

TEST(Cluster, TopologyIsCutToWhatThePartitionGivesOnANode) {
  NodeGroup group;
  group.sockets = 2;
  group.cores_per_socket = 8;
  group.threads_per_core = 2;
  group.cpus = 32;
  group.memory = gibibyte * 64;
  Partition p = partition("p");
  p.max_cpus_per_node = 5;
  p.max_memory_per_node = gibibyte * 16;
  const Grant grant = topology_of(p, group, 1).grant;
  EXPECT_EQ(grant.pus, 5);
  EXPECT_EQ(grant.cores, 3);
  EXPECT_EQ(grant.memory, gibibyte * 16);
  EXPECT_THAT(grant.limits, ElementsAre("partition p gives a job 5 CPUs of a node",
                                        "partition p gives a job 16384 MiB of a node"));
  p.max_cpus_per_node = 64;
  p.max_memory_per_node = gibibyte * 128;
  EXPECT_THAT(topology_of(p, group, 1).grant.limits, IsEmpty());
}

}  // namespace
}  // namespace mpisize
