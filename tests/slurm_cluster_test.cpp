#include "mpisize/write/slurm_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "mpisize/base/error.hpp"
#include "mpisize/write/report.hpp"
#include "recorded_clusters.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::recorded_answers;
using testing::recorded_cluster;
using ::testing::SizeIs;

constexpr std::int64_t mebibyte = 1 << 20;

std::string error_of(const SlurmAnswers& answers) {
  try {
    static_cast<void>(read_cluster(answers));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(SlurmCluster, FactsOfTheControllerAreRead) {
  const Cluster cluster = recorded_cluster("emulated");
  EXPECT_EQ(cluster.name, "emulated");
  EXPECT_EQ(cluster.controller, "n1");
  EXPECT_EQ(cluster.version, "22.05.8");
  EXPECT_EQ(cluster.max_array_size, 1001);
  EXPECT_EQ(cluster.max_job_count, 10000);
  EXPECT_EQ(cluster.max_tasks_per_node, 512);
  EXPECT_TRUE(cluster.memory_is_shared_out);
  EXPECT_TRUE(cluster.limits_are_enforced);
  EXPECT_FALSE(cluster.accounts_are_enforced);
  EXPECT_TRUE(cluster.has_accounting);
  EXPECT_FALSE(recorded_cluster("big").has_accounting);
  EXPECT_EQ(recorded_cluster("big").max_array_size, 20001);
}

TEST(SlurmCluster, LimitsOfPartitionsAreReadAndNoLimitIsEmpty) {
  const Cluster cluster = recorded_cluster("emulated");
  const Partition& main = partition_named(cluster, "main");
  EXPECT_TRUE(main.is_default);
  EXPECT_EQ(main.max_time, Seconds(7200));
  EXPECT_EQ(main.default_time, Seconds(600));
  EXPECT_EQ(main.max_nodes, std::nullopt);
  EXPECT_EQ(main.node_list, "n[1-4]");
  EXPECT_THAT(main.allow_groups, IsEmpty());
  const Partition& debug = partition_named(cluster, "debug");
  EXPECT_FALSE(debug.is_default);
  EXPECT_EQ(debug.max_nodes, 1);
  EXPECT_EQ(debug.default_time, std::nullopt);
  const Partition& closed = partition_named(cluster, "closed");
  EXPECT_EQ(closed.max_time, std::nullopt);
  EXPECT_EQ(closed.max_cpus_per_node, 16);
  EXPECT_EQ(closed.max_memory_per_node, Bytes(8000 * mebibyte));
  EXPECT_THAT(closed.allow_groups, ElementsAre("nogroup"));
  const Partition& physics = partition_named(cluster, "physics");
  EXPECT_EQ(physics.state, PartitionState::down);
  EXPECT_THAT(physics.allow_accounts, ElementsAre("physics"));
}

TEST(SlurmCluster, DefaultMemoryIsThePartitionsElseTheClusters) {
  const Cluster cluster = recorded_cluster("emulated");
  const Partition& physics = partition_named(cluster, "physics");
  EXPECT_EQ(physics.default_memory_per_node, Bytes(2000 * mebibyte));
  EXPECT_EQ(physics.default_memory_per_cpu, std::nullopt);
  const Partition& main = partition_named(cluster, "main");
  EXPECT_EQ(main.default_memory_per_node, std::nullopt);
  EXPECT_EQ(main.default_memory_per_cpu, Bytes(100 * mebibyte));
  EXPECT_EQ(partition_named(recorded_cluster("big"), "gpu").default_memory_per_cpu, std::nullopt);
}

TEST(SlurmCluster, NodesThatDifferOnlyInWhatTheyDoAreOneGroup) {
  const Cluster cluster = recorded_cluster("emulated");
  const Partition& main = partition_named(cluster, "main");
  ASSERT_THAT(main.groups, SizeIs(1));
  const NodeGroup& group = main.groups.front();
  EXPECT_EQ(group.states, (NodeStates{0, 2, 0, 2}));
  EXPECT_EQ(group.idle_cpus, 31);
  EXPECT_EQ(group.cpus, 32);
  EXPECT_EQ(group.memory, Bytes(16000 * mebibyte));
  EXPECT_THAT(group.features, ElementsAre("emulated"));
}

TEST(SlurmCluster, ThousandsOfNodesAreAFewGroups) {
  const Cluster cluster = recorded_cluster("big");
  const Partition& large = partition_named(cluster, "large");
  EXPECT_EQ(large.min_nodes, 1025);
  EXPECT_TRUE(large.whole_nodes);
  ASSERT_THAT(large.groups, SizeIs(1));
  EXPECT_EQ(large.groups[0].states, (NodeStates{9999, 0, 0, 0}));
  EXPECT_EQ(large.groups[0].sockets, 2);
  EXPECT_EQ(large.groups[0].cores_per_socket, 64);
  EXPECT_THAT(partition_named(cluster, "gpu").groups[0].gres, ElementsAre(Gres{"gpu:a100", 4}));
}

TEST(SlurmCluster, NodesAndCpusAreAsManyAsTheControllerCounts) {
  for (const char* name : {"emulated", "big"}) {
    const SlurmAnswers answers = recorded_answers(name);
    const Cluster cluster = read_cluster(answers);
    const std::regex totals(R"(PartitionName=(\S+) [^\n]* TotalCPUs=(\d+) TotalNodes=(\d+) )");
    std::size_t found = 0;
    for (std::sregex_iterator i(answers.partitions.begin(), answers.partitions.end(), totals), end;
         i != end; ++i, ++found) {
      std::int64_t cpus = 0;
      const Partition& p = partition_named(cluster, (*i)[1].str());
      for (const NodeGroup& g : p.groups) cpus += std::int64_t{g.cpus} * g.states.all();
      EXPECT_EQ(p.states().all(), std::stoi((*i)[3])) << p.name;
      EXPECT_EQ(cpus, std::stoll((*i)[2])) << p.name;
    }
    EXPECT_EQ(found, cluster.partitions.size());
  }
}

TEST(SlurmCluster, StatesAreReadWithTheirFlags) {
  SlurmAnswers answers = recorded_answers("emulated");
  const auto states_of = [&](const std::string& word) {
    answers.nodes = "main|5|1|1|1|1|100|(null)|(null)|" + word + "|0/5/0/5\n";
    return partition_named(read_cluster(answers), "main").states();
  };
  for (const char* word : {"idle", "idle~", "idle#", "planned", "idle-"}) {
    EXPECT_EQ(states_of(word), (NodeStates{5, 0, 0, 0})) << word;
  }
  for (const char* word : {"mixed", "mixed-", "mixed~"}) {
    EXPECT_EQ(states_of(word), (NodeStates{0, 5, 0, 0})) << word;
  }
  for (const char* word : {"allocated", "completing", "allocated+"}) {
    EXPECT_EQ(states_of(word), (NodeStates{0, 0, 5, 0})) << word;
  }
  for (const char* word : {"down", "down*", "drained", "draining", "idle*", "idle$", "reserved",
                           "maint", "unknown", "inval", "fail", "something_new", ""}) {
    EXPECT_EQ(states_of(word), (NodeStates{0, 0, 0, 5})) << word;
  }
}

TEST(SlurmCluster, AccountsAreThoseOfThisCluster) {
  SlurmAnswers answers = recorded_answers("emulated");
  answers.associations += "other|elsewhere|other||normal||\n";
  const Cluster cluster = read_cluster(answers);
  ASSERT_THAT(cluster.user.associations, SizeIs(2));
  const Association& biology = cluster.user.associations[0];
  EXPECT_EQ(biology.account, "biology");
  EXPECT_FALSE(biology.is_default);
  EXPECT_THAT(biology.qos, ElementsAre("long", "normal"));
  EXPECT_EQ(biology.default_qos, "normal");
  EXPECT_EQ(biology.max_time, Seconds(3600));
  EXPECT_TRUE(cluster.user.associations[1].is_default);
  EXPECT_EQ(cluster.user.associations[1].max_time, std::nullopt);
}

TEST(SlurmCluster, AccountsAreAskedForWhereThereIsAccounting) {
  EXPECT_TRUE(has_accounting(recorded_answers("emulated").config));
  EXPECT_FALSE(has_accounting(recorded_answers("big").config));
  EXPECT_FALSE(has_accounting(""));
  EXPECT_FALSE(has_accounting("AccountingStorageType = (null)\n"));  // as Slurm 23 says it
}

TEST(SlurmCluster, PartitionWithoutNodesAndNodesWithoutPartitionAreNoError) {
  SlurmAnswers answers = recorded_answers("emulated");
  answers.nodes =
      "main|0|0|0|0|0|0|(null)|(null)|n/a|0/0/0/0\nnew|1|1|1|1|1|1|a|(null)|idle|0/1/0/1\n";
  EXPECT_THAT(partition_named(read_cluster(answers), "main").groups, IsEmpty());
  answers.partitions = "No partitions in the system\n";
  EXPECT_THAT(read_cluster(answers).partitions, IsEmpty());
}

TEST(SlurmCluster, WhatIsNotSlurmsAnswerIsAnErrorThatNamesTheLine) {
  SlurmAnswers answers = recorded_answers("emulated");
  answers.config = "";
  EXPECT_THAT(error_of(answers), HasSubstr("scontrol show config"));
  answers = recorded_answers("emulated");
  answers.partitions += "welcome to the cluster\n";
  EXPECT_THAT(error_of(answers), HasSubstr("line 6 of what scontrol show partition says"));
  answers = recorded_answers("emulated");
  answers.nodes += "main|1|1\n";
  EXPECT_THAT(error_of(answers), HasSubstr("of what sinfo says has 3 fields instead of 11"));
  answers = recorded_answers("emulated");
  answers.associations += "sacctmgr: error\n";
  EXPECT_THAT(error_of(answers), HasSubstr("line 3 of what sacctmgr says"));
  answers = recorded_answers("emulated");
  answers.partitions = "PartitionName=x MaxTime=soon\n";
  EXPECT_THAT(error_of(answers), HasSubstr("'soon'"));
}

TEST(SlurmCluster, NewWordsOfNewerSlurmsAreIgnored) {
  SlurmAnswers answers = recorded_answers("emulated");
  const Cluster before = read_cluster(answers);
  answers.config += "NewThing = a = b\nno equals sign here\n";
  answers.partitions.insert(answers.partitions.find('\n'), " MaxCPUsPerSocket=4 Word NewThing=x=y");
  EXPECT_EQ(read_cluster(answers), before);
}

/// Bytes lost, doubled, changed: a cluster or an InputError, never anything else.
TEST(SlurmCluster, DamagedAnswersAreReadOrRefused) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same tests every time
  const auto below = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  const std::string letters = "\n|= ,:/-0129ANx\xff(" + std::string(1, '\0');
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    SlurmAnswers answers = recorded_answers(round % 2 == 0 ? "emulated" : "big");
    if (answers.associations.empty()) answers.associations = "a|big|a||normal||01:00:00\n";
    std::string* const texts[] = {&answers.config, &answers.partitions, &answers.nodes,
                                  &answers.associations};
    std::string& text = *texts[below(4)];
    for (std::size_t i = 0; i < 1 + below(4); ++i) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = letters[below(letters.size())];
          break;
        case 1:
          text.erase(at, 1 + below(40));
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(40)));
          break;
        default:
          text.resize(at);
          break;
      }
      if (text.empty()) break;
    }
    try {
      static_cast<void>(describe(read_cluster(answers)));
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_LT(refused, 2900);
}

}  // namespace
}  // namespace mpisize
