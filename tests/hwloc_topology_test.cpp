#include "mpisize/measure/hwloc_topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;

constexpr std::int64_t gib = std::int64_t{1} << 30;

std::string machine_file(const std::string& name) {
  return std::filesystem::path(MPISIZE_TEST_MACHINES) / name;
}

std::string refusal(const std::string& description) {
  try {
    static_cast<void>(topology_from(description));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(TopologyFrom, SyntheticListIsMultipliedOut) {
  const Topology topology = topology_from("package:2 numa:2 core:8 pu:2");
  EXPECT_EQ(topology.nodes, 1);
  EXPECT_EQ(topology.node.packages, 2);
  EXPECT_EQ(topology.node.numa_nodes, 4);
  EXPECT_EQ(topology.node.cores, 32);
  EXPECT_EQ(topology.node.pus, 64);
}

TEST(TopologyFrom, AllOfADescribedMachineIsGranted) {
  const Topology topology = topology_from("package:2 core:8 pu:2");
  EXPECT_EQ(topology.grant.cores, 16);
  EXPECT_EQ(topology.grant.pus, 32);
  EXPECT_EQ(topology.grant.cpus, 32);
  EXPECT_THAT(topology.grant.limits, IsEmpty());
}

TEST(TopologyFrom, MemoryIsUnknownUnlessTheListGivesIt) {
  EXPECT_EQ(topology_from("package:1 core:2 pu:1").node.memory, std::nullopt);
  EXPECT_EQ(topology_from("package:2 numa:1(memory=4GB) core:2 pu:1").node.memory,
            Bytes(8'000'000'000));
}

TEST(TopologyFrom, NodesInFrontAreThatManyMachines) {
  const Topology topology = topology_from("node:4 package:2 core:8 pu:1");
  EXPECT_EQ(topology.nodes, 4);
  EXPECT_EQ(topology.node.cores, 16);
}

TEST(TopologyFrom, XmlFileOfLstopoIsRead) {
  const Topology topology = topology_from(machine_file("two_packages.xml"));
  EXPECT_EQ(topology.node.packages, 2);
  EXPECT_EQ(topology.node.numa_nodes, 4);
  EXPECT_EQ(topology.node.cores, 16);
  EXPECT_EQ(topology.node.pus, 32);
  EXPECT_EQ(topology.node.memory, Bytes(16 * gib));
}

TEST(TopologyFrom, XmlFileWithCachesHasTheSameKindOfCounts) {
  const Topology topology = topology_from(machine_file("laptop.xml"));
  EXPECT_EQ(topology.node.packages, 1);
  EXPECT_EQ(topology.node.cores, 4);
  EXPECT_EQ(topology.node.pus, 4);
  EXPECT_EQ(topology.node.memory, Bytes(16 * gib));
}

TEST(TopologyFrom, NodesOfAnXmlFileCanBeMultiplied) {
  const Topology topology = topology_from("node:3 " + machine_file("laptop.xml"));
  EXPECT_EQ(topology.nodes, 3);
  EXPECT_EQ(topology.node.cores, 4);
}

TEST(TopologyFrom, PusOutsideTheRecordedCpusetAreHardwareButNotGranted) {
  const Topology topology = topology_from(machine_file("half_granted.xml"));
  EXPECT_EQ(topology.node.pus, 8);
  EXPECT_EQ(topology.grant.pus, 4);
  EXPECT_EQ(topology.grant.cores, 2);
  EXPECT_THAT(topology.grant.limits, ElementsAre("The cpuset leaves 4 PUs of 8 (2 cores)."));
}

TEST(TopologyFrom, BadDescriptionIsNamedWithTheRepair) {
  for (const std::string text : {"package:two", "", "core:0", "galaxy:4 core:2"}) {
    EXPECT_THAT(refusal(text),
                AllOf(HasSubstr("'" + text + "'"), HasSubstr("package:2 numa:2 core:8 pu:2")));
  }
}

TEST(TopologyFrom, NumberOfNodesMustBePositive) {
  for (const std::string text : {"node:0 core:2", "node:-1 core:2", "node:x core:2", "node:4"}) {
    EXPECT_THAT(refusal(text), HasSubstr("at least 1")) << text;
  }
}

TEST(TopologyFrom, MissingFileAndForeignFileAreToldApart) {
  EXPECT_THAT(refusal("/does/not/exist.xml"), HasSubstr("is not a file"));
  const testing::TemporaryDirectory directory;
  const auto foreign = directory.write("notes.xml", "<html><body>hello</body></html>\n");
  EXPECT_THAT(refusal(foreign.string()), HasSubstr("is not an hwloc XML file"));
}

// ---- this machine ----

TEST(ReadTopology, GrantStaysWithinTheHardware) {
  const Topology topology = read_topology();
  EXPECT_THAT(topology.grant.pus, AllOf(Ge(1), Le(topology.node.pus)));
  EXPECT_THAT(topology.grant.cores, AllOf(Ge(1), Le(topology.node.cores)));
  EXPECT_GT(topology.grant.cpus, 0);
  ASSERT_TRUE(topology.node.memory.has_value());
  ASSERT_TRUE(topology.grant.memory.has_value());
  EXPECT_LE(*topology.grant.memory, *topology.node.memory);
}

TEST(ReadTopology, AffinityOfOnePuGrantsOnePu) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  const int pu = affinity_pus().back();
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(pu), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_THAT(affinity_pus(), ElementsAre(pu));
  EXPECT_EQ(read_topology().grant.pus, 1);
  sched_setaffinity(0, sizeof before, &before);
}

TEST(ReadTopology, PusOfTheWholeJobReplaceTheOwnAffinity) {
  const std::vector<int> first{affinity_pus().front()};
  EXPECT_EQ(read_topology(first).grant.pus, 1);
}

TEST(LevelsBetween, ProcessesOnTheSamePuShareANumaNode) {
  const std::vector<int> here{affinity_pus().front()};
  EXPECT_THAT(levels_between(here, std::vector<std::vector<int>>{here}),
              ElementsAre(Level::same_numa_node));
}

}  // namespace
}  // namespace mpisize
