#include "launch_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "mpisize/write/shell_quote.hpp"
#include "planned_launch.hpp"
#include "slots.hpp"
#include "temporary_directory.hpp"

namespace mpisize::tools {
namespace {

using mpisize::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

Topology eight_cores() {
  Topology topology;
  topology.node.cores = topology.node.pus = 8;
  topology.grant.cores = topology.grant.pus = 8;
  return topology;
}

ChildLine child_of(const Words& options) {
  ChildLine child;
  child.wrapped = true;
  child.mpirun.options = options;
  child.mpirun.program = {"./app", "x"};
  return child;
}

Words ids(const std::vector<LaunchFinding>& findings) {
  Words names;
  for (const LaunchFinding& finding : findings) names.push_back(finding.id);
  return names;
}

class LaunchCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name :
         {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SLURM_JOBID", "PBS_JOBID",
          "OMP_PROC_BIND", "OMPI_MCA_rmaps_base_oversubscribe",
          "OMPI_MCA_hwloc_base_binding_policy"}) {
      unsetenv(name);
    }
  }
};

TEST(Slots, AreCoresOutsideOfSlurm) {
  const Slots slots = slots_of(eight_cores(), {{"SLURM_TASKS_PER_NODE", "1"}});
  EXPECT_EQ(slots.per_node, 8);
  EXPECT_FALSE(slots.allocated);
}

TEST(Slots, AreTasksInASlurmJob) {
  const Slots slots = slots_of(eight_cores(), {{"SLURM_JOBID", "7"},
                                               {"SLURM_TASKS_PER_NODE", "2(x3),1"},
                                               {"SLURM_JOB_CPUS_PER_NODE", "8(x3),4"}});
  EXPECT_EQ(slots.per_node, 1);
  EXPECT_EQ(slots.allocated, 4);
  EXPECT_EQ(slots.cores_per_node, 8);
}

TEST_F(LaunchCheck, HostfileIsRead) {
  const TemporaryDirectory directory;
  const auto hosts = directory.write("hosts", "a slots=1\nb slots=2\n").string();
  ChildLine child = child_of({"--hostfile", hosts});
  child.mpirun.ranks = 4;
  EXPECT_THAT(ids(check_launch(child, eight_cores())), ElementsAre("hostfile-slots"));
  child.mpirun.options = {"--hostfile", "/no/such/file"};
  EXPECT_THAT(ids(check_launch(child, eight_cores())), IsEmpty());
}

TEST_F(LaunchCheck, NothingIsSaidWithoutAnMpirunOfTheUsers) {
  setenv("PBS_JOBID", "1", 1);
  ChildLine child;
  child.mpirun.program = {"./app"};
  EXPECT_THAT(check_launch(child, eight_cores()), IsEmpty());
  child.wrapped = true;
  child.mpirun.program.clear();
  EXPECT_THAT(ids(check_launch(child, eight_cores())), ElementsAre("hosts-from-pbs"));
}

TEST_F(LaunchCheck, RankRuleIsAsked) {
  ChildLine child = child_of({});
  child.mpirun.ranks = 6;
  const auto found = [&](const char* rule) {
    return ids(
        check_launch(child, eight_cores(), Sizing{RankRule::read("--ranks", rule), std::nullopt}));
  };
  EXPECT_THAT(found("2^k"), ElementsAre("np-contradicts-ranks"));
  EXPECT_THAT(found("n*3"), IsEmpty());
}

ToLaunch two_ranks(int threads) {
  ToLaunch wanted;
  wanted.layout = {1, 2, threads};
  wanted.topology = eight_cores();
  wanted.threaded = threads > 1;
  return wanted;
}

TEST_F(LaunchCheck, ThreadsOfAPlanAreBoundAndToldToTheProgram) {
  const PlannedLaunch launch = planned_launch(child_of({"-x", "HOME"}), two_ranks(4));
  EXPECT_EQ(printed(launch),
            "MKL_NUM_THREADS=4 OMP_NUM_THREADS=4 OPENBLAS_NUM_THREADS=4 "
            "mpirun -x HOME -n 2 --map-by slot:PE=4 ./app x");
  ASSERT_EQ(launch.mapping.size(), 1U);
  EXPECT_THAT(launch.mapping[0],
              ::testing::EndsWith(": rank 0: package 0 cores 0-3; rank 1: package 0 cores 4-7"));
  EXPECT_THAT(launch.findings, IsEmpty());
}

TEST_F(LaunchCheck, UsersThreadsAndMappingAreKeptAndReported) {
  setenv("OMP_NUM_THREADS", "2", 1);
  const PlannedLaunch launch = planned_launch(child_of({"--map-by", "socket"}), two_ranks(4));
  EXPECT_EQ(printed(launch), "mpirun --map-by socket -n 2 --bind-to none ./app x");
  EXPECT_THAT(ids(launch.findings), ElementsAre("omp-num-threads-kept"));
  EXPECT_THAT(launch.mapping, ElementsAre("as your own mapping options say (--report-bindings "
                                          "shows it)"));
}

TEST_F(LaunchCheck, OtherHostsAreGivenTheVariables) {
  const PlannedLaunch launch =
      planned_launch(child_of({"--host", "a:4", "-x", "MKL_NUM_THREADS"}), two_ranks(4));
  EXPECT_EQ(shell_join(launch.argv),
            "mpirun --host a:4 -x MKL_NUM_THREADS -x OMP_NUM_THREADS -x OPENBLAS_NUM_THREADS -n 2 "
            "--map-by slot:PE=4 ./app x");
}

TEST_F(LaunchCheck, RanksWithoutThreadsAreGivenNoVariables) {
  EXPECT_THAT(planned_launch(child_of({}), two_ranks(1)).environment, IsEmpty());
}

}  // namespace
}  // namespace mpisize::tools
