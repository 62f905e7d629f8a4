#include "mpisize/write/launch_lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

/// One node of eight cores in two packages.
LaunchFacts node_of_8() {
  LaunchFacts facts;
  facts.topology.node.packages = 2;
  facts.topology.node.cores = facts.topology.node.pus = 8;
  facts.topology.grant.cores = facts.topology.grant.pus = 8;
  facts.slots = {8, 8, std::nullopt};
  return facts;
}

LaunchFacts with(std::map<std::string, std::string> environment) {
  LaunchFacts facts = node_of_8();
  facts.environment = std::move(environment);
  return facts;
}

LaunchFacts planned(const Layout& layout, std::map<std::string, std::string> environment = {}) {
  LaunchFacts facts = with(std::move(environment));
  facts.sized = true;
  facts.plan = layout;
  return facts;
}

std::vector<LaunchFinding> findings(const std::string& line,
                                    const LaunchFacts& facts = node_of_8()) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  const auto parsed = take_apart(words, [](const std::string& word) { return word == "./app"; });
  return lint_launch(*parsed.line, facts);
}

Words ids(const std::string& line, const LaunchFacts& facts = node_of_8()) {
  Words names;
  for (const LaunchFinding& finding : findings(line, facts)) names.push_back(finding.id);
  return names;
}

TEST(LintLaunch, GoodLinesHaveNoFinding) {
  for (const char* line :
       {"mpirun ./app", "mpirun -np 8 ./app", "mpirun -n 2 --map-by slot:PE=4 ./app",
        "mpirun --mca btl self,vader --bind-to core -n 4 ./app", "mpirun --mca btl ^tcp ./app",
        "mpirun --host a:4,b:4 -n 8 ./app", "mpirun -N 4 -n 4 ./app"}) {
    EXPECT_THAT(ids(line), IsEmpty()) << line;
  }
}

TEST(LintLaunch, EveryFindingIsTwoSentencesAndAnIdInKebabCase) {
  const auto all = findings(
      "mpirun -np 99 -N 2 --mca btl vader --map-by core --map-by slot:PE=9 --bind-to none "
      "--bind-to socket --shiny ./app",
      with({{"OMP_NUM_THREADS", "9"}, {"PBS_JOBID", "1"}, {"LSB_JOBID", "1"}}));
  EXPECT_GE(all.size(), 7U);
  for (const LaunchFinding& finding : all) {
    EXPECT_EQ(finding.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos);
    EXPECT_EQ(finding.why.back(), '.') << finding.id;
    EXPECT_EQ(finding.repair.back(), '.') << finding.id;
    EXPECT_EQ(finding.why.find(".."), std::string::npos) << finding.why;
  }
}

// Slots
// ---------------------------------------------------------------------------------------------

LaunchFacts slurm_job(int tasks, int cpus_per_task) {
  LaunchFacts facts = with({{"SLURM_JOBID", "1"}});
  facts.slots = {tasks, 8, tasks * cpus_per_task};
  return facts;
}

TEST(LintLaunch, CpusOfASlurmTaskAreNoSlots) {
  const auto found = findings("mpirun -np 8 ./app", slurm_job(1, 8));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "slots-under-slurm-c");
  EXPECT_THAT(found[0].why, AllOf(HasSubstr("1 slot"), HasSubstr("8 ranks")));
  EXPECT_THAT(found[0].repair, AllOf(HasSubstr("sbatch -n 8"), HasSubstr("slot:PE=8"),
                                     HasSubstr("ras_slurm_use_entire_allocation 1")));
}

TEST(LintLaunch, SlurmTasksThatSufficeAreFine) {
  EXPECT_THAT(ids("mpirun -np 4 ./app", slurm_job(4, 2)), IsEmpty());
  EXPECT_THAT(ids("mpirun -np 1 --map-by slot:PE=8 ./app", slurm_job(1, 8)), IsEmpty());
}

TEST(LintLaunch, SlotsThatTheUserWidensAreFine) {
  for (const char* line :
       {"mpirun -np 8 --oversubscribe ./app", "mpirun -np 8 --map-by core:OVERSUBSCRIBE ./app",
        "mpirun -np 8 --mca ras_slurm_use_entire_allocation 1 ./app"}) {
    EXPECT_THAT(ids(line, slurm_job(1, 8)), IsEmpty()) << line;
  }
}

TEST(LintLaunch, MoreRanksThanSlotsAreRefusedByMpirun) {
  EXPECT_THAT(ids("mpirun -np 9 ./app"), ElementsAre("not-enough-slots"));
  EXPECT_THAT(ids("mpirun --host a:2,b -np 4 ./app"), ElementsAre("host-slots"));
  EXPECT_THAT(ids("mpirun --host a,a,b -np 3 ./app"), IsEmpty());
  EXPECT_THAT(ids("mpirun --host a:* -np 99 ./app"), IsEmpty());
  LaunchFacts facts = node_of_8();
  facts.hostfile_slots = 6;
  EXPECT_THAT(ids("mpirun --hostfile f -np 7 ./app", facts), ElementsAre("hostfile-slots"));
  EXPECT_THAT(ids("mpirun --hostfile f -np 6 ./app", facts), IsEmpty());
}

TEST(LintLaunch, OversubscribedCoresAreTold) {
  EXPECT_THAT(ids("mpirun -np 9 --oversubscribe ./app"), ElementsAre("more-ranks-than-cores"));
  EXPECT_THAT(ids("mpirun -np 9 ./app", with({{"OMPI_MCA_rmaps_base_oversubscribe", "1"}})),
              ElementsAre("more-ranks-than-cores"));
}

TEST(LintLaunch, NpAboveTheCountPerNodeIsRefusedByMpirun) {
  EXPECT_THAT(ids("mpirun -np 4 -N 2 ./app"), ElementsAre("np-exceeds-per-node"));
  EXPECT_THAT(ids("mpirun -np 4 -npernode 2 --host a:2,b:2 ./app"), IsEmpty());
  EXPECT_THAT(ids("mpirun -np 4 --map-by ppr:2:node ./app"), ElementsAre("np-exceeds-per-node"));
  EXPECT_THAT(ids("mpirun -np 4 --map-by ppr:4:node ./app"), IsEmpty());
}

TEST(HostfileSlots, AreTheSumWhereEachHostSays) {
  EXPECT_EQ(slots_of_hostfile("# two\na slots=2\n\nb slots=4 max_slots=8\n"), 6);
  EXPECT_FALSE(slots_of_hostfile("a slots=2\nb\n"));
  EXPECT_FALSE(slots_of_hostfile("a slots=many\n"));
  EXPECT_FALSE(slots_of_hostfile("# none\n"));
}

// Counts
// ---------------------------------------------------------------------------------------------

TEST(LintLaunch, CountsThatThePlanReplacesAreTold) {
  EXPECT_THAT(ids("mpirun -np 8 ./app", planned({1, 4, 1})), ElementsAre("np-contradicts-plan"));
  EXPECT_THAT(ids("mpirun -np 4 ./app", planned({1, 4, 1})), IsEmpty());
  EXPECT_THAT(ids("mpirun -N 2 ./app", planned({1, 4, 1})),
              ElementsAre("per-node-contradicts-plan"));
  EXPECT_THAT(ids("mpirun -npersocket 2 ./app", planned({1, 4, 1})),
              ElementsAre("per-node-contradicts-plan"));
}

TEST(LintLaunch, RanksPerNodeOfTheUsersMappingMayBeTooFewForThePlan) {
  EXPECT_THAT(ids("mpirun --map-by ppr:2:node ./app", planned({1, 4, 1})),
              ElementsAre("ppr-contradicts-plan"));
  EXPECT_THAT(ids("mpirun --map-by ppr:2:node ./app", planned({2, 4, 1})), IsEmpty());
}

TEST(LintLaunch, CountThatRanksDoesNotAcceptIsTold) {
  LaunchFacts facts = node_of_8();
  facts.sized = true;
  facts.ranks_rule = "2^k";
  const auto found = findings("mpirun -np 6 ./app", facts);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "np-contradicts-ranks");
  EXPECT_THAT(found[0].why, AllOf(HasSubstr("-np 6"), HasSubstr("2^k")));
}

TEST(LintLaunch, UnknownOptionIsToldWithTheProgramThatWasFound) {
  const auto found = findings("mpirun --shiny a ./app");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "unknown-option");
  EXPECT_THAT(found[0].why, AllOf(HasSubstr("--shiny"), HasSubstr("'./app'")));
}

TEST(LintLaunch, SlotsDoNotMatterWhereThePlanCounts) {
  EXPECT_THAT(ids("mpirun -np 99 ./app", planned({1, 8, 1})), ElementsAre("np-contradicts-plan"));
}

// Binding and threads
// ---------------------------------------------------------------------------------------------

TEST(LintLaunch, ThreadsOnOneCoreAreTold) {
  const auto four = with({{"OMP_NUM_THREADS", "4"}});
  EXPECT_THAT(ids("mpirun -n 2 --bind-to core ./app", four), ElementsAre("threads-share-cores"));
  // Open MPI binds up to two ranks to a core each without being asked.
  EXPECT_THAT(ids("mpirun -n 2 ./app", four), ElementsAre("threads-share-cores"));
  EXPECT_THAT(ids("mpirun -n 2 --map-by slot:PE=2 ./app", four),
              ElementsAre("threads-share-cores"));
  EXPECT_THAT(ids("mpirun -n 2 --map-by slot:PE=4 ./app", four), IsEmpty());
  EXPECT_THAT(ids("mpirun -n 2 --bind-to none ./app", four), IsEmpty());
  EXPECT_THAT(ids("mpirun -n 2 -x OMP_NUM_THREADS=4 --bind-to core ./app"),
              ElementsAre("threads-share-cores"));
  EXPECT_THAT(ids("mpirun -n 2 --bind-to core ./app", planned({1, 2, 4})),
              ElementsAre("threads-share-cores"));
  EXPECT_THAT(ids("mpirun -n 2 ./app", planned({1, 2, 4})), IsEmpty());
}

TEST(LintLaunch, MoreThreadsThanCoresAreTold) {
  EXPECT_THAT(ids("mpirun -n 4 ./app", with({{"OMP_NUM_THREADS", "3,2"}})),
              ElementsAre("threads-exceed-cores"));
  EXPECT_THAT(ids("mpirun -n 4 ./app", with({{"OMP_NUM_THREADS", "2"}})), IsEmpty());
}

TEST(LintLaunch, CoresPerRankThatDoNotFitAreRefusedByMpirun) {
  EXPECT_THAT(ids("mpirun -n 4 --map-by slot:PE=3 ./app"), ElementsAre("pe-too-large"));
  EXPECT_THAT(ids("mpirun --map-by ppr:4:node:PE=3 ./app"), ElementsAre("pe-too-large"));
  EXPECT_THAT(ids("mpirun --map-by ppr:2:socket:PE=3 ./app"), ElementsAre("pe-too-large"));
  EXPECT_THAT(ids("mpirun --map-by ppr:2:socket:PE=2 ./app"), IsEmpty());
}

TEST(LintLaunch, BindingBesideCoresPerRankIsAContradiction) {
  EXPECT_THAT(ids("mpirun -n 2 --map-by slot:PE=2 --bind-to none ./app"),
              ElementsAre("bind-contradicts-pe"));
  EXPECT_THAT(ids("mpirun -n 2 --map-by slot:PE=2 --bind-to socket ./app"),
              ElementsAre("bind-contradicts-pe"));
  EXPECT_THAT(ids("mpirun -n 2 --map-by slot:PE=2 --bind-to core ./app"), IsEmpty());
}

TEST(LintLaunch, PoliciesGivenTwiceAreTold) {
  EXPECT_THAT(ids("mpirun -n 4 --map-by slot:PE=2 --map-by node ./app"),
              ElementsAre("several-map-by"));
  EXPECT_THAT(ids("mpirun -n 4 --bind-to core --bind-to socket ./app"),
              ElementsAre("several-bind-to"));
  EXPECT_THAT(ids("mpirun -n 4 --bind-to core --bind-to core ./app"), IsEmpty());
  // An option that overrides the environment is no contradiction.
  EXPECT_THAT(ids("mpirun -n 4 --bind-to core ./app",
                  with({{"OMPI_MCA_hwloc_base_binding_policy", "none"}})),
              IsEmpty());
}

TEST(LintLaunch, ProcBindOfRanksThatSeeTheSameCoresIsTold) {
  const auto pinned = with({{"OMP_NUM_THREADS", "2"}, {"OMP_PROC_BIND", "close"}});
  EXPECT_THAT(ids("mpirun -n 4 --bind-to none ./app", pinned),
              ElementsAre("omp-proc-bind-overlap"));
  EXPECT_THAT(ids("mpirun -n 4 --map-by slot:PE=2 ./app", pinned), IsEmpty());
  EXPECT_THAT(ids("mpirun -n 1 --bind-to none ./app", pinned), IsEmpty());
  EXPECT_THAT(ids("mpirun -n 4 --bind-to none ./app",
                  with({{"OMP_NUM_THREADS", "2"}, {"OMP_PROC_BIND", "false"}})),
              IsEmpty());
}

TEST(LintLaunch, UsersOwnThreadsAreKeptAndReportedBesideThePlan) {
  const auto found = findings("mpirun ./app", planned({1, 2, 4}, {{"OMP_NUM_THREADS", "2"}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "omp-num-threads-kept");
  EXPECT_THAT(found[0].why, AllOf(HasSubstr("OMP_NUM_THREADS=2"), HasSubstr("4 threads")));
  EXPECT_THAT(ids("mpirun ./app", planned({1, 2, 1}, {{"MKL_NUM_THREADS", "2"}})),
              ElementsAre("mkl-num-threads-kept"));
}

TEST(LintLaunch, TransportsWithoutSelfAreTold) {
  const auto found = findings("mpirun --mca btl vader,tcp -n 2 ./app");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "btl-without-self");
  EXPECT_THAT(found[0].repair, HasSubstr("--mca btl self,vader,tcp"));
  EXPECT_THAT(ids("mpirun -n 2 ./app", with({{"OMPI_MCA_btl", "tcp"}})),
              ElementsAre("btl-without-self"));
}

// Schedulers
// ---------------------------------------------------------------------------------------------

TEST(LintEnvironment, SaysWhoNamesTheHostsInPbsAndLsf) {
  EXPECT_THAT(lint_environment({}), IsEmpty());
  for (const char* name : {"PBS_JOBID", "PBS_NODEFILE"}) {
    const auto found = lint_environment({{name, "1"}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].id, "hosts-from-pbs");
  }
  const auto found = lint_environment({{"LSB_JOBID", "1"}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].why, HasSubstr("come from mpirun itself"));
  EXPECT_THAT(ids("mpirun ./app", with({{"LSB_JOBID", "1"}})), Contains("hosts-from-lsf"));
}

}  // namespace
}  // namespace mpisize
