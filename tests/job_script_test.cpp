#include "mpisize/write/job_script.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "mpisize/base/error.hpp"
#include "shipped_jobs.hpp"

namespace mpisize {
namespace {

using testing::map_request;
using testing::nodes_request;
using testing::serial_request;

std::string golden(const std::string& name) {
  std::ifstream in(MPISIZE_TEST_JOBSCRIPTS "/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(JobScript, IsByteForByteTheShippedScript) {
  for (const testing::ShippedJob& job : testing::shipped_jobs()) {
    EXPECT_EQ(render(job.request), golden(job.file)) << job.file;
  }
}

TEST(JobScript, OfAWholeProgramThePredictionHoldsTheLaunchAndTheNodesMemory) {
  JobScript script = testing::wrapped_request();
  const std::string text = render(script);
  // 1420 s + 25 % = 1775 s; 1.9 GB + 20 % + 67 MB, in MiB.
  EXPECT_TRUE(has_line(text, "#SBATCH --time=00:30:00"));
  EXPECT_TRUE(has_line(text, "#SBATCH --mem=2239M"));
  EXPECT_EQ(text.find("MPISIZE_PLAN"), std::string::npos) << "it reads none";
  script.environment = std::map<std::string, std::string>();
  EXPECT_EQ(render(script).find("export"), std::string::npos) << "the user's own threads stay";
}

TEST(JobScript, OfAProgramWhoseTimeIsNotKnownTheLimitIsAsAskedFor) {
  JobScript script = testing::wrapped_request();
  script.choice.predicted.total = Interval();
  script.time_limit = Seconds(7200);
  const std::string text = render(script);
  EXPECT_TRUE(has_line(text, "#SBATCH --time=02:00:00"));
  EXPECT_TRUE(
      has_line(text, "# the limit is as asked for; what the whole program takes is not known"));
}

TEST(JobScript, LessonsOfEarlierJobsRaiseWhatIsAskedFor) {
  JobScript script = map_request();
  script.lessons.node_memory = Bytes(std::int64_t{9} << 30);
  script.lessons.time = Seconds(7200);
  script.lessons.reasons = {"job 17 ran out of memory with 3 GB a node: 9.66 GB are asked for"};
  const std::string text = render(script);
  EXPECT_TRUE(has_line(text, "#SBATCH --mem=9216M"));
  EXPECT_TRUE(has_line(text, "#SBATCH --time=02:00:00"));
  EXPECT_TRUE(has_line(text, "# - " + script.lessons.reasons[0]));
  script.lessons.node_memory = Bytes(1);
  script.lessons.time = Seconds(1);
  EXPECT_TRUE(has_line(render(script), "#SBATCH --time=00:17:00")) << "never less than the plan's";
}

TEST(JobScript, AGivenTimeLimitIsSaidToBeOne) {
  JobScript script = map_request();
  script.time_limit = Seconds(3600);
  EXPECT_TRUE(has_line(render(script), "#SBATCH --time=01:00:00"));
  EXPECT_NE(render(script).find("the limit is as asked for\n"), std::string::npos);
  script.time_limit = Seconds(600);
  EXPECT_NE(render(script).find("the work may take longer\n"), std::string::npos);
  // 804 s in turns of 600 s less a warning of 120 s.
  script.resume.emplace().journal = "j";
  EXPECT_NE(render(script).find("that takes 2 turns of the limit"), std::string::npos);
}

TEST(JobScript, WhatStartsItsRanksItselfHasNoLaunchLine) {
  JobScript script = testing::map_journal_request();
  script.resume.reset();
  const std::string text = render(script);
  EXPECT_NE(text.find("\nmpisize map --kernel"), std::string::npos);
  EXPECT_EQ(text.find("mpirun"), std::string::npos);
  EXPECT_EQ(text.find("srun"), std::string::npos);
}

TEST(JobScript, OnlyAJobThatGoesOnIsWarnedAndPutBack) {
  EXPECT_EQ(render(map_request()).find("requeue"), std::string::npos);
  EXPECT_EQ(render(map_request()).find("USR1"), std::string::npos);
  const std::string text = render(testing::map_journal_request());
  EXPECT_TRUE(has_line(text, "#SBATCH --requeue"));
  EXPECT_TRUE(has_line(text, "#SBATCH --open-mode=append"));
  EXPECT_TRUE(has_line(text, "#SBATCH --signal=B:USR1@135"));
  EXPECT_LT(text.rfind("\n#SBATCH"), text.find("\nset -euo pipefail\n"));
}

TEST(JobScript, SerialVerdictTakesOneTaskWhateverTheLayout) {
  JobScript script = serial_request();
  script.choice.plan.layout = {2, 16, 1};
  const std::string text = render(script);
  EXPECT_TRUE(has_line(text, "#SBATCH --nodes=1"));
  EXPECT_TRUE(has_line(text, "#SBATCH --ntasks=1"));
  EXPECT_NE(text.find("\nmpirun -n 1 "), std::string::npos);
}

TEST(JobScript, NoNodeGetsMoreTasksThanItsMemoryIsFor) {
  JobScript script = map_request();
  script.choice.plan.layout = {2, 8, 1};
  EXPECT_TRUE(has_line(render(script), "#SBATCH --ntasks-per-node=4"));
  script.choice.plan.layout = {3, 8, 1};  // 3 + 3 + 2
  EXPECT_TRUE(has_line(render(script), "#SBATCH --ntasks-per-node=3"));
}

TEST(JobScript, TimeIsTheUpperEndWithMarginInWholeMinutes) {
  JobScript script = map_request();
  script.before_call.reset();
  script.launch = {Seconds(0), Seconds(0), Seconds(0)};
  const auto at = [&script](double upper) {
    script.choice.predicted.total = {Seconds(upper), Seconds(upper), Seconds(upper)};
    return render(script);
  };
  EXPECT_TRUE(has_line(at(0), "#SBATCH --time=00:01:00"));
  EXPECT_TRUE(has_line(at(30), "#SBATCH --time=00:01:00"));  // 30 s least margin
  EXPECT_TRUE(has_line(at(30.1), "#SBATCH --time=00:02:00"));
  EXPECT_TRUE(has_line(at(2400), "#SBATCH --time=00:50:00"));  // 25 %
  EXPECT_TRUE(has_line(at(4 * 3600), "#SBATCH --time=05:00:00"));
  EXPECT_TRUE(has_line(at(86400), "#SBATCH --time=1-06:00:00"));
}

TEST(JobScript, LaunchAndTheTimeBeforeTheCallCount) {
  JobScript script = map_request();
  script.choice.predicted.total = {Seconds(1), Seconds(1), Seconds(1)};
  script.launch = {Seconds(10), Seconds(10), Seconds(20)};
  script.before_call = Seconds(100);
  EXPECT_TRUE(has_line(render(script), "#SBATCH --time=00:03:00"));  // 121 + 30.25 s
}

TEST(JobScript, MemoryIsRootPlusWorkersOfOneNodePlusMargins) {
  JobScript script = map_request();
  script.root_memory = Bytes(100 << 20);
  script.rank_memory = Bytes(50 << 20);
  script.choice.plan.layout = {2, 8, 1};
  script.memory_margin = 0.2;
  // (100 + 3 x 50) MiB x 1.2 + 64 MiB
  EXPECT_TRUE(has_line(render(script), "#SBATCH --mem=364M"));
  script.root_memory.reset();  // (4 x 50) x 1.2 + 64
  EXPECT_TRUE(has_line(render(script), "#SBATCH --mem=304M"));
  script.rank_memory.reset();
  EXPECT_EQ(render(script).find("#SBATCH --mem"), std::string::npos);
}

TEST(JobScript, NoDirectiveStandsAfterTheFirstCommand) {
  const std::string text = render(map_request());
  EXPECT_LT(text.rfind("\n#SBATCH"), text.find("\nset -euo pipefail\n"));
}

TEST(JobScript, ReasonWithALineEndStaysAComment) {
  JobScript script = map_request();
  script.choice.plan.reasons = {"first\n#SBATCH --nodes=100\nrm -rf x\r"};
  const std::string text = render(script);
  EXPECT_FALSE(has_line(text, "#SBATCH --nodes=100"));
  EXPECT_TRUE(has_line(text, "# - first #SBATCH --nodes=100 rm -rf x "));
}

TEST(JobScript, ValuesAreQuotedForTheirReader) {
  JobScript script = map_request();
  script.job_name = "a b # c";
  script.program = {"./app", "$(reboot)"};
  script.plan_path = "/p/it's.json";
  const std::string text = render(script);
  EXPECT_TRUE(has_line(text, "#SBATCH --job-name=\"a b # c\""));
  EXPECT_TRUE(has_line(text, "export MPISIZE_PLAN='/p/it'\\''s.json'"));
  EXPECT_NE(text.find(" ./app '$(reboot)'\n"), std::string::npos);
  script.job_name = "a\n#SBATCH --nodes=9";
  EXPECT_THROW((void)render(script), InputError);
}

TEST(JobScript, TasksOfAnArrayKnowTheirItems) {
  JobScript script = map_request();
  script.needs.array = ItemArray{7, 100};
  script.program = {"./app", "--from={first}", "{first}:{count}", "it's {count}", "{other}"};
  const std::string text = render(script);
  EXPECT_TRUE(has_line(text, "#SBATCH --array=0-6"));
  EXPECT_TRUE(
      has_line(text, "export MPISIZE_ITEM_COUNT=$((14 + (SLURM_ARRAY_TASK_ID < 2 ? 1 : 0)))"));
  EXPECT_NE(text.find(R"( ./app '--from='"$MPISIZE_FIRST_ITEM" )"
                      R"("$MPISIZE_FIRST_ITEM"':'"$MPISIZE_ITEM_COUNT" )"
                      R"('it'\''s '"$MPISIZE_ITEM_COUNT" '{other}')"),
            std::string::npos)
      << text;
  script.needs.array.reset();
  EXPECT_NE(render(script).find(" '--from={first}' "), std::string::npos);
}

TEST(JobScript, EnvironmentReachesRanksOnOtherNodes) {
  JobScript script = map_request();
  script.choice.plan.layout = {2, 8, 1};
  EXPECT_NE(render(script).find("\nmpirun -x OMP_NUM_THREADS -x MPISIZE_PLAN -n 8 "),
            std::string::npos);
}

TEST(JobScript, SrunOnSeveralNodesIsKeptFromItsTraps) {
  JobScript script = nodes_request();
  EXPECT_TRUE(has_line(render(script), "export SLURM_PMIX_FENCE=ring"));
  EXPECT_TRUE(has_line(render(script), "unset SLURM_NTASKS_PER_NODE"));
  script.choice.plan.layout = {4, 40, 1};  // ten on each: the number is exact
  EXPECT_TRUE(has_line(render(script), "export SLURM_PMIX_FENCE=ring"));
  EXPECT_FALSE(has_line(render(script), "unset SLURM_NTASKS_PER_NODE"));
  script.choice.plan.layout = {1, 40, 1};
  EXPECT_EQ(render(script).find("SLURM_"), std::string::npos);
  script = nodes_request();
  script.launcher = Launcher::mpirun;
  EXPECT_EQ(render(script).find("SLURM_"), std::string::npos);
}

TEST(JobScript, OrderOfHostsIsSlurmsButTheMostOnANodeIsThePlans) {
  JobScript script = map_request();
  script.choice.plan.layout = {2, 10, 1};
  script.choice.plan.placement = {{"n3", 8, 1, 0, 8}, {"n1", 2, 0.5, 0, 2}};
  const std::string text = render(script);
  EXPECT_NE(text.find("n3 8 ranks, n1 2 ranks (speed 0.50)"), std::string::npos) << text;
  EXPECT_NE(text.find("Slurm"), std::string::npos);
  EXPECT_NE(text.find("--ntasks-per-node=8\n"), std::string::npos);
}

TEST(JobScript, UsersLaunchOptionsStandFirst) {
  JobScript script = map_request();
  script.choice.plan.layout = {1, 4, 1};
  script.launcher_path = "/opt/mpi/bin/mpirun";
  script.launcher_options = {"--mca", "btl", "self,vader"};
  EXPECT_NE(render(script).find("\n/opt/mpi/bin/mpirun --mca btl self,vader -n 4 ./collide"),
            std::string::npos);
}

TEST(JobScript, WhatIsNotAJobIsRefused) {
  JobScript script = map_request();
  script.choice.plan.verdict = Verdict::infeasible;
  script.choice.plan.binding_limit = "deadline of 1 s";
  try {
    (void)render(script);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "the plan is infeasible (deadline of 1 s), so there is no job to write; relax the "
                 "limit");
  }
  script = map_request();
  script.program.clear();
  EXPECT_THROW((void)render(script), InputError);
  script = map_request();
  script.time_margin = -0.1;
  EXPECT_THROW((void)render(script), InputError);
  script = map_request();
  script.memory_margin = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)render(script), InputError);
  script = map_request();
  script.choice.predicted.total.high = Seconds(std::numeric_limits<double>::infinity());
  EXPECT_THROW((void)render(script), InputError);
}

}  // namespace
}  // namespace mpisize
