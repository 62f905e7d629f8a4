// cluster.json: round trips, what people write, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mpisize/base/error.hpp"
#include "mpisize/write/json.hpp"
#include "recorded_clusters.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using testing::recorded_cluster;

std::string error_of(const std::string& text) {
  try {
    static_cast<void>(cluster_from_json(text, "c.json"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// A cluster with one partition, whose further fields are `more`.
std::string with_partition(const std::string& more) {
  return R"({"schema_version": 1, "name": "c", "partitions": [{"name": "p", "groups": [)"
         R"({"states": {"idle": 2}, "cpus": 4, "memory": 1e9}])" +
         more + "}]}";
}

TEST(ClusterJson, ComesBackAsItWas) {
  for (const char* name : {"emulated", "big"}) {
    const Cluster cluster = recorded_cluster(name);
    EXPECT_EQ(cluster_from_json(to_json(cluster), name), cluster);
  }
  Cluster cluster = recorded_cluster("emulated");
  Partition& p = cluster.partitions.front();
  p.max_memory_per_cpu = Bytes(5);
  p.default_memory_per_node = Bytes(6);
  p.deny_accounts = {"a"};
  p.allow_qos = {"q"};
  p.deny_qos = {"r", "s"};
  p.qos = "t";
  p.root_only = p.whole_nodes = true;
  cluster.user.associations.front().partition = "main";
  cluster.accounts_are_enforced = true;
  cluster.memory_is_shared_out = false;
  EXPECT_EQ(cluster_from_json(to_json(cluster), "it"), cluster);
  EXPECT_EQ(cluster_from_json(to_json(Cluster()), "it"), Cluster());
}

TEST(ClusterJson, SaysWhatItIs) {
  const auto json = nlohmann::json::parse(to_json(recorded_cluster("big")));
  EXPECT_EQ(json["schema"], "mpisize-cluster");
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["partitions"][0]["groups"][0]["states"]["idle"], 9999);
}

TEST(ClusterJson, NodesCpusAndMemoryAreEnoughByHand) {
  const Cluster cluster = cluster_from_json(with_partition(R"(, "max_time": 3600)"), "c.json");
  const Partition& p = partition_named(cluster, "p");
  EXPECT_EQ(p.max_time, Seconds(3600));
  EXPECT_EQ(p.state, PartitionState::up);
  EXPECT_EQ(p.states().all(), 2);
  EXPECT_EQ(refusal(cluster, p), std::nullopt);
}

TEST(ClusterJson, WhatIsWrongIsNamedWithTheRepair) {
  EXPECT_THAT(error_of("{"), HasSubstr("c.json"));
  EXPECT_THAT(error_of(R"({"schema_version": 1, "name": "c"})"), HasSubstr("\"partitions\""));
  EXPECT_THAT(error_of(with_partition(R"(, "max_tme": 1)")),
              HasSubstr("did you mean \"max_time\"?"));
  EXPECT_THAT(error_of(with_partition(R"(, "max_nodes": -1)")), HasSubstr("max_nodes"));
  EXPECT_THAT(error_of(with_partition(R"(, "state": "UP")")),
              HasSubstr("up, down, drain, inactive"));
  EXPECT_THAT(error_of(with_partition(R"(}, {"name": "p", "groups": [])")),
              HasSubstr("there already"));
  EXPECT_THAT(error_of(with_partition(R"(, "qos": "a\nb")")), HasSubstr("control characters"));
  EXPECT_THAT(error_of(R"({"schema": "mpisize-machine", "schema_version": 1})"),
              HasSubstr("mpisize cluster"));
}

}  // namespace
}  // namespace mpisize
