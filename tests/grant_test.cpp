#include "mpisize/measure/grant.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryDirectory;

constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t gib = std::int64_t{1} << 30;

NodeShape node_of(int cores, int pus) {
  NodeShape node;
  node.cores = cores;
  node.pus = pus;
  node.memory = Bytes(64 * gib);
  return node;
}

GrantSources nothing() { return {"", {}, std::nullopt, std::nullopt}; }

GrantSources slurm(Environment environment) {
  return {"", std::move(environment), std::nullopt, std::nullopt};
}

/// A node with control groups of version 2, this process in /job/step.
class UnifiedGroups : public ::testing::Test {
 protected:
  UnifiedGroups() {
    root_.write("proc/self/mountinfo",
                "23 1 0:22 / /proc rw - proc proc rw\n"
                "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
    root_.write("proc/self/cgroup", "0::/job/step\n");
  }
  [[nodiscard]] Grant granted() const {
    return narrow(node_of(8, 16), {root_.path(), {}, std::nullopt, std::nullopt});
  }
  void group(const std::string& name, const std::string& text) const {
    root_.write("sys/fs/cgroup/" + name, text);
  }

  TemporaryDirectory root_;
};

TEST(Narrow, WithoutLimitsTheWholeNodeIsGranted) {
  const Grant grant = narrow(node_of(8, 16), nothing());
  EXPECT_EQ(grant.cores, 8);
  EXPECT_EQ(grant.pus, 16);
  EXPECT_EQ(grant.cpus, 16);
  EXPECT_EQ(grant.memory, Bytes(64 * gib));
  EXPECT_THAT(grant.limits, IsEmpty());
}

TEST(Narrow, AffinityLeavesItsPusAndCores) {
  GrantSources sources = nothing();
  sources.affinity = CpuCount{1, 2};
  const Grant grant = narrow(node_of(8, 16), sources);
  EXPECT_EQ(grant.cores, 1);
  EXPECT_EQ(grant.pus, 2);
  EXPECT_EQ(grant.cpus, 2);
  EXPECT_THAT(grant.limits, ElementsAre("The affinity leaves 2 PUs of 16 (1 core)."));
}

TEST(Narrow, EachSourceThatNarrowsIsNamedOnce) {
  GrantSources sources = slurm({{"SLURM_CPUS_ON_NODE", "2"}});
  sources.cpuset = CpuCount{4, 8};
  sources.affinity = CpuCount{4, 8};
  const Grant grant = narrow(node_of(8, 16), sources);
  EXPECT_EQ(grant.pus, 2);
  EXPECT_EQ(grant.cores, 1);
  EXPECT_THAT(grant.limits, ElementsAre(HasSubstr("cpuset"), HasSubstr("Slurm")));
}

TEST(Narrow, WiderSourcesDoNotWiden) {
  GrantSources sources = slurm({{"SLURM_CPUS_ON_NODE", "64"}});
  sources.affinity = CpuCount{2, 4};
  EXPECT_EQ(narrow(node_of(8, 16), sources).pus, 4);
}

// ---- control groups ----

TEST_F(UnifiedGroups, QuotaBelowThePusLimitsCpuTimeOnly) {
  group("job/step/cpu.max", "150000 100000\n");
  const Grant grant = granted();
  EXPECT_DOUBLE_EQ(grant.cpus, 1.5);
  EXPECT_EQ(grant.pus, 16);
  EXPECT_THAT(grant.limits, ElementsAre(HasSubstr("allows 1.50 CPUs")));
}

TEST_F(UnifiedGroups, NarrowestGroupOnTheWayUpCounts) {
  group("job/step/cpu.max", "max 100000\n");
  group("job/cpu.max", "300000 100000\n");
  group("cpu.max", "400000 100000\n");
  EXPECT_DOUBLE_EQ(granted().cpus, 3);
}

TEST_F(UnifiedGroups, UsageCountsButNotTheInactiveFileCache) {
  group("job/memory.max", std::to_string(4 * gib) + "\n");
  group("job/memory.current", std::to_string(3 * gib) + "\n");
  group("job/memory.stat", "anon 1\nfile 2\ninactive_file " + std::to_string(2 * gib) + "\n");
  const Grant grant = granted();
  EXPECT_EQ(grant.memory, Bytes(3 * gib));
  EXPECT_THAT(grant.limits, ElementsAre(HasSubstr("leaves 3.22 GB of memory")));
}

TEST_F(UnifiedGroups, LeastThatIsLeftCountsNotTheLowestLimit) {
  group("job/step/memory.max", std::to_string(4 * gib) + "\n");
  group("job/step/memory.current", std::to_string(1 * gib) + "\n");
  group("job/memory.max", std::to_string(8 * gib) + "\n");
  group("job/memory.current", std::to_string(7 * gib) + "\n");
  EXPECT_EQ(granted().memory, Bytes(1 * gib));
}

TEST_F(UnifiedGroups, ThrottlingLimitCountsLikeTheHardOne) {
  group("job/memory.max", "max\n");
  group("job/memory.high", std::to_string(2 * gib) + "\n");
  EXPECT_EQ(granted().memory, Bytes(2 * gib));
}

TEST_F(UnifiedGroups, UsageAboveTheLimitLeavesNothing) {
  group("job/memory.max", std::to_string(1 * gib) + "\n");
  group("job/memory.current", std::to_string(2 * gib) + "\n");
  EXPECT_EQ(granted().memory, Bytes(0));
}

TEST_F(UnifiedGroups, GarbageDoesNotNarrow) {
  group("job/cpu.max", "lots\n");
  group("job/step/cpu.max", "-5 0\n");
  group("job/memory.max", "12 apples\n");
  const Grant grant = granted();
  EXPECT_EQ(grant.cpus, 16);
  EXPECT_EQ(grant.memory, Bytes(64 * gib));
  EXPECT_THAT(grant.limits, IsEmpty());
}

TEST_F(UnifiedGroups, InAContainerTheMountPointIsTheOwnGroup) {
  // The mount shows /docker/abc only, and the group is named from the host's root.
  root_.write("proc/self/mountinfo",
              "31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
  root_.write("proc/self/cgroup", "0::/docker/abc\n");
  group("cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(granted().cpus, 0.5);
  root_.write("proc/self/cgroup", "0::/../elsewhere\n");
  EXPECT_DOUBLE_EQ(granted().cpus, 0.5);
}

TEST_F(UnifiedGroups, MemoryThatOthersHoldIsNotGranted) {
  root_.write("proc/meminfo", "MemTotal: 67108864 kB\nMemAvailable: 1048576 kB\n");
  const Grant grant = granted();
  EXPECT_EQ(grant.memory, Bytes(1 * gib));
  EXPECT_THAT(grant.limits, ElementsAre("Other processes leave 1.07 GB of 68.7 GB of memory."));
}

TEST_F(UnifiedGroups, MostlyFreeMemoryIsNoNews) {
  root_.write("proc/meminfo", "MemAvailable: 66000000 kB\n");
  const Grant grant = granted();
  EXPECT_EQ(grant.memory, Bytes(std::int64_t{66000000} * 1024));
  EXPECT_THAT(grant.limits, IsEmpty());
}

TEST(Narrow, VersionOneHierarchiesAreReadEach) {
  const TemporaryDirectory root;
  root.write("proc/self/mountinfo",
             "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
             "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
             "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  root.write("proc/self/cgroup", "4:memory:/slurm/job_7\n2:cpu,cpuacct:/slurm\n0::/\n");
  const std::string groups = "sys/fs/cgroup/";
  root.write(groups + "cpu,cpuacct/slurm/cpu.cfs_quota_us", "250000\n");
  root.write(groups + "cpu,cpuacct/slurm/cpu.cfs_period_us", "100000\n");
  root.write(groups + "cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  root.write(groups + "cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  root.write(groups + "memory/slurm/job_7/memory.limit_in_bytes", std::to_string(512 * mib) + "\n");
  root.write(groups + "memory/slurm/job_7/memory.usage_in_bytes", std::to_string(112 * mib) + "\n");
  root.write(groups + "memory/slurm/job_7/memory.stat",
             "inactive_file 1\ntotal_inactive_file " + std::to_string(12 * mib) + "\n");
  root.write(groups + "memory/memory.limit_in_bytes", "9223372036854771712\n");
  const Grant grant = narrow(node_of(8, 16), {root.path(), {}, std::nullopt, std::nullopt});
  EXPECT_DOUBLE_EQ(grant.cpus, 2.5);
  EXPECT_EQ(grant.memory, Bytes(412 * mib));
}

// ---- Slurm ----

TEST(SlurmCounts, RepetitionsAreWrittenOut) {
  EXPECT_THAT(slurm_counts("72(x2),36"), ElementsAre(72, 72, 36));
  EXPECT_THAT(slurm_counts("4"), ElementsAre(4));
}

TEST(SlurmCounts, GarbageIsEmpty) {
  for (const char* text : {"", "x", "4(x", "4(x)", "4(x2", "-1", "0", "4,,4", "1(x99999999999)"}) {
    EXPECT_THAT(slurm_counts(text), IsEmpty()) << text;
  }
}

TEST(Slurm, NodeWithTheFewestCpusCountsAndUnevennessIsSaid) {
  const SlurmGrant grant =
      read_slurm({{"SLURM_JOB_NUM_NODES", "3"}, {"SLURM_JOB_CPUS_PER_NODE", "72(x2),36"}});
  EXPECT_EQ(grant.nodes, 3);
  EXPECT_EQ(grant.cpus, 36);
  EXPECT_TRUE(grant.uneven);
}

TEST(Slurm, MemoryIsInMebibytesPerNodeOrPerCpu) {
  EXPECT_EQ(read_slurm({{"SLURM_MEM_PER_NODE", "3000"}}).memory, Bytes(3000 * mib));
  EXPECT_EQ(
      read_slurm({{"SLURM_MEM_PER_CPU", "1900"}, {"SLURM_JOB_CPUS_PER_NODE", "4(x2)"}}).memory,
      Bytes(7600 * mib));
}

TEST(Slurm, MemoryOfZeroIsAllOfTheNode) {
  EXPECT_EQ(read_slurm({{"SLURM_MEM_PER_NODE", "0"}}).memory, std::nullopt);
}

TEST(Slurm, WithoutCpusPerNodeTasksTimesCpusPerTaskCount) {
  EXPECT_EQ(
      read_slurm({{"SLURM_NTASKS", "9"}, {"SLURM_NNODES", "4"}, {"SLURM_CPUS_PER_TASK", "2"}}).cpus,
      6);
  EXPECT_EQ(read_slurm({{"SLURM_TASKS_PER_NODE", "2(x3)"}}).cpus, 2);
}

TEST(Slurm, OutsideOfAJobItSaysNothing) {
  const SlurmGrant grant = read_slurm({{"HOME", "/root"}});
  EXPECT_EQ(grant.nodes, std::nullopt);
  EXPECT_EQ(grant.cpus, std::nullopt);
  EXPECT_EQ(grant.memory, std::nullopt);
}

TEST(Slurm, ItsCpusAreHardwareThreads) {
  const Grant grant = narrow(node_of(8, 16), slurm({{"SLURM_JOB_CPUS_PER_NODE", "5"}}));
  EXPECT_EQ(grant.pus, 5);
  EXPECT_EQ(grant.cores, 3);
}

}  // namespace
}  // namespace mpisize
