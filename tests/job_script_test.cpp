#include "mpisize/write/job_script.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

/// The request behind jobscripts/map.sbatch: a sized map on one node.
JobScript map_request() {
  JobScript script;
  script.job_name = "collide";
  script.program = {"./collide", "--seed", "7", "input file.h5"};
  Choice& choice = script.choice;
  choice.plan.verdict = Verdict::parallel;
  choice.plan.layout = {1, 8, 2};
  choice.plan.reasons = {"8 ranks are 6.91 times as fast as one; the root computes too."};
  choice.predicted.total = {Seconds(754), Seconds(738), Seconds(801)};
  choice.predicted.serial = {Seconds(5210), Seconds(5100), Seconds(5400)};
  choice.predicted.speedup = 6.91;
  choice.predicted.speedup_low = 6.42;
  script.launch = {Seconds(0.45), Seconds(0.31), Seconds(0.6)};
  script.before_call = Seconds(2.5);
  script.rank_memory = Bytes(310'000'000);
  script.root_memory = Bytes(920'000'000);
  script.plan_path = "/home/user/collide/plan.json";
  script.partition = "short";
  script.output = "collide-%j.out";
  return script;
}

/// jobscripts/map-nodes.sbatch: several nodes, uneven, started by srun.
JobScript nodes_request() {
  JobScript script = map_request();
  script.choice.plan.layout = {3, 40, 1};
  script.choice.plan.reasons = {"40 ranks are 31.2 times as fast as one."};
  script.choice.predicted.speedup = 31.2;
  script.choice.predicted.speedup_low = 28.4;
  script.choice.predicted.total = {Seconds(167), Seconds(160), Seconds(180)};
  script.choice.predicted.rare_items_possible = true;
  script.launcher = Launcher::srun;
  return script;
}

/// jobscripts/map-serial.sbatch: more ranks do not pay, memory unknown.
JobScript serial_request() {
  JobScript script = map_request();
  script.choice.plan.verdict = Verdict::serial;
  script.choice.plan.layout = {1, 1, 1};
  script.choice.plan.reasons = {
      "No number of ranks reaches the speedup of 1.2 that is asked for: a message costs more than "
      "the item it carries."};
  script.choice.predicted.total =
      script.choice.predicted.serial = {Seconds(0.21), Seconds(0.2), Seconds(0.23)};
  script.rank_memory.reset();
  script.root_memory.reset();
  script.before_call.reset();
  script.output.reset();
  script.partition.reset();
  return script;
}

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
  EXPECT_EQ(render(map_request()), golden("map.sbatch"));
  EXPECT_EQ(render(nodes_request()), golden("map-nodes.sbatch"));
  EXPECT_EQ(render(serial_request()), golden("map-serial.sbatch"));
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
  // (100 + 3 x 50) MiB x 1.2 + 200 MiB
  EXPECT_TRUE(has_line(render(script), "#SBATCH --mem=500M"));
  script.root_memory.reset();  // (4 x 50) x 1.2 + 200
  EXPECT_TRUE(has_line(render(script), "#SBATCH --mem=440M"));
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

TEST(JobScript, EnvironmentReachesRanksOnOtherNodes) {
  JobScript script = map_request();
  script.choice.plan.layout = {2, 8, 1};
  EXPECT_NE(render(script).find("\nmpirun -x OMP_NUM_THREADS -x MPISIZE_PLAN -n 8 "),
            std::string::npos);
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
