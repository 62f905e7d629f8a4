#include "mpisize/write/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mpisize/write/job_script.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* good_head = "#!/bin/bash\n#SBATCH --time=01:00:00\n";

std::vector<Finding> findings(const std::string& text, const LintOptions& options = {}) {
  return lint(parse_sbatch(text, "job.sbatch"), options);
}

std::vector<std::string> ids(const std::string& text, const LintOptions& options = {}) {
  std::vector<std::string> found;
  for (const Finding& finding : findings(text, options)) found.push_back(finding.id);
  return found;
}

std::vector<std::string> ids_behind(const std::string& lines, const LintOptions& options = {}) {
  return ids(good_head + lines, options);
}

// The corpus (scripts/) has most rules; here are those that its scripts cannot have, and the edges.

TEST(Lint, FindsNothingInAGoodScript) {
  EXPECT_THAT(
      ids("#!/bin/bash\n#SBATCH --nodes=2 --ntasks=8 --ntasks-per-node=4 --cpus-per-task=2\n"
          "#SBATCH --time=01:00:00 --mem=4G --signal=B:USR1@60 --array=0-1000\n"
          "export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK\n"
          "srun --mpi=pmix -N2 -n8 -c2 ./app\nmpirun -np 8 ./app\nmpirun -np $SLURM_NTASKS "
          "./app\n"),
      IsEmpty());
}

TEST(Lint, FindsNothingButNotesInRenderedScripts) {
  JobScript job;
  job.choice.plan.verdict = Verdict::parallel;
  job.choice.predicted.total = {Seconds(160), Seconds(150), Seconds(180)};
  job.rank_memory = Bytes(100 << 20);
  job.program = {"./app", "in put"};
  job.plan_path = "/p/plan.json";
  for (const Launcher launcher : {Launcher::mpirun, Launcher::srun}) {
    for (const Layout layout :
         {Layout{1, 1, 1}, Layout{1, 8, 1}, Layout{2, 8, 4}, Layout{3, 40, 2}}) {
      job.launcher = launcher;
      job.choice.plan.layout = layout;
      const std::string text = render(job);
      EXPECT_THAT(findings(text), Each(Field(&Finding::severity, Severity::note)))
          << text << describe(findings(text), "job.sbatch");
    }
  }
}

TEST(Lint, FindsWhatSbatchRefusesToRead) {
  EXPECT_THAT(ids(""), Contains("empty-script"));
  EXPECT_THAT(ids("hostname\n"), Contains("no-shebang"));
  EXPECT_THAT(ids(std::string("#!/bin/sh\na\0b\n", 14)), Contains("nul-byte"));
  EXPECT_THAT(findings("\xEF\xBB\xBF#!/bin/sh\n"),
              Contains(AllOf(Field(&Finding::id, "no-shebang"),
                             Field(&Finding::why, HasSubstr("byte order mark")))));
  EXPECT_THAT(ids("#!/bin/sh\r\n"), Contains("dos-line-ends"));
}

TEST(Lint, NamesLineWhyAndRepair) {
  const auto found = findings(std::string(good_head) + "hostname\n#SBATCH -N4\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "late-directive");
  EXPECT_EQ(found[0].severity, Severity::warning);
  EXPECT_EQ(found[0].line, 4U);
  EXPECT_THAT(found[0].why, HasSubstr("line 3"));
  EXPECT_EQ(describe(found, "job.sbatch"), "job.sbatch:4: warning: " + found[0].why + "; " +
                                               found[0].repair + " [late-directive]\n");
}

TEST(Lint, EnvironmentHoldsOverTheScript) {
  LintOptions options;
  options.environment = {{"SBATCH_TIMELIMIT", "10"}, {"SBATCH_PARTITION", "long"}, {"HOME", "/"}};
  const auto found = findings(good_head, options);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].severity, Severity::note);  // Adds a partition.
  EXPECT_EQ(found[1].severity, Severity::warning);
  EXPECT_THAT(found[1].why, AllOf(HasSubstr("SBATCH_TIMELIMIT=10"), HasSubstr("--time=01:00:00")));
  options.environment = {{"SBATCH_TIMELIMIT", "60"}};  // The same.
  EXPECT_THAT(ids_behind("", options), IsEmpty());
}

TEST(Lint, ArraysEndBelowMaxArraySize) {
  EXPECT_THAT(ids_behind("#SBATCH -a 0-1000\n"), IsEmpty());
  EXPECT_THAT(ids_behind("#SBATCH -a 0-1001\n"), ElementsAre("array-size"));
  LintOptions large;
  large.max_array_size = 10001;
  EXPECT_THAT(ids_behind("#SBATCH -a 0-10000\n", large), IsEmpty());
}

TEST(Lint, TimeInMinutesIsSuspectFromADayOn) {
  EXPECT_THAT(ids("#!/bin/sh\n#SBATCH -t 1440\n"), IsEmpty());
  EXPECT_THAT(ids("#!/bin/sh\n#SBATCH -t 1441\n"), ElementsAre("time-unit"));
  EXPECT_THAT(ids("#!/bin/sh\n#SBATCH -t 24:00\n"), ElementsAre("time-unit"));
  EXPECT_THAT(ids("#!/bin/sh\n#SBATCH -t 1-12:00\n"), IsEmpty());
  EXPECT_THAT(ids("#!/bin/sh\n#SBATCH -t 1:00:00 --time-min=2:00:00\n"), ElementsAre("time-min"));
  EXPECT_THAT(ids("#!/bin/sh\n#SBATCH -t 10 --signal=USR1@600\n"), ElementsAre("signal-late"));
}

TEST(Lint, TasksNodesAndTasksPerNodeAgree) {
  EXPECT_THAT(ids_behind("#SBATCH -N2 -n8 --ntasks-per-node=4\n"), IsEmpty());
  EXPECT_THAT(findings(std::string(good_head) + "#SBATCH -N2 -n9 --ntasks-per-node=4\n"),
              ElementsAre(Field(&Finding::severity, Severity::error)));
  EXPECT_THAT(findings(std::string(good_head) + "#SBATCH -N2 -n7 --ntasks-per-node=4\n"),
              ElementsAre(Field(&Finding::severity, Severity::note)));
  EXPECT_THAT(ids_behind("#SBATCH -N4 -n2\n"), ElementsAre("tasks-and-nodes"));
  EXPECT_THAT(ids_behind("#SBATCH -N1-4 -n8 --ntasks-per-node=2\n"), IsEmpty());
  EXPECT_THAT(ids_behind("#SBATCH -N2 -w n[1-3]\n"), ElementsAre("nodelist"));
}

TEST(Lint, LaunchLinesFitTheJob) {
  EXPECT_THAT(ids_behind("#SBATCH -n4\nmpirun -np 8 ./app\n"), ElementsAre("launch-contradicts"));
  EXPECT_THAT(ids_behind("#SBATCH -N2\nmpirun -np 2 ./app\n"), IsEmpty());  // A task a node.
  EXPECT_THAT(ids_behind("#SBATCH -N2 --ntasks-per-node=4\nmpirun -np 8 ./app\n"), IsEmpty());
  EXPECT_THAT(ids_behind("#SBATCH -N2 --ntasks-per-node=4\nmpirun -np 9 ./app\n"),
              ElementsAre("launch-contradicts"));
  EXPECT_THAT(ids_behind("#SBATCH -c32\nmpirun -np 32 ./app\n"), ElementsAre("mpirun-slots"));
  EXPECT_THAT(ids_behind("mpirun -np 2 ./app\n"), ElementsAre("launch-contradicts"));
  EXPECT_THAT(ids_behind("#SBATCH -N2 -n4\nsrun --mpi=pmix -N4 ./app\n"),
              ElementsAre("launch-contradicts"));
  EXPECT_THAT(ids_behind("#SBATCH -N1-4\nmpirun -np 3 ./app\n"), IsEmpty());  // Not known.
}

TEST(Lint, SrunIsToldMpiAndCpus) {
  EXPECT_THAT(ids_behind("srun ./app\n"), ElementsAre("srun-mpi"));
  EXPECT_THAT(ids_behind("export SLURM_MPI_TYPE=pmix\nsrun ./app\n"), IsEmpty());
  EXPECT_THAT(ids_behind("#SBATCH -c2\nsrun --mpi=pmix ./app\n"), ElementsAre("srun-cpus"));
  LintOptions options;
  options.environment = {{"SRUN_CPUS_PER_TASK", "2"}};
  EXPECT_THAT(ids_behind("#SBATCH -c2\nsrun --mpi=pmix ./app\n", options), IsEmpty());
}

TEST(Lint, StepsInTheBackgroundMayWaitForEachOther) {
  EXPECT_THAT(
      ids_behind("#SBATCH -n4\nsrun --mpi=pmix -n2 ./a &\nsrun --mpi=pmix -n2 ./b &\nwait\n"),
      ElementsAre("srun-serial", "srun-serial"));
  EXPECT_THAT(
      ids_behind("#SBATCH -n4\nsrun --mpi=pmix -n2 ./a &\nsrun --mpi=pmix -n2 ./b && true\n"),
      IsEmpty());
  EXPECT_THAT(ids_behind("#SBATCH -n4\nsrun --mpi=pmix --exact --mem=1G -n2 ./a &\nsrun --mpi=pmix "
                         "--overlap -n2 ./b &\n"),
              IsEmpty());
}

TEST(Lint, OfAHeterogeneousJobEachLineHasItsComponent) {
  EXPECT_THAT(ids_behind("#SBATCH -n2\n#SBATCH hetjob\n#SBATCH -n4\n"
                         "srun --mpi=pmix --het-group=1 -n4 ./a\nsrun --mpi=pmix -n2 ./a\n"),
              IsEmpty());
  EXPECT_THAT(ids_behind("#SBATCH -n2\n#SBATCH hetjob\n#SBATCH -n4\nsrun --mpi=pmix -n4 ./a\n"),
              ElementsAre("launch-contradicts"));
  EXPECT_THAT(ids_behind("#SBATCH --mem=1G\n#SBATCH hetjob\n#SBATCH --mem-per-cpu=1G\n"),
              ElementsAre("conflicting-options"));
}

TEST(Lint, UnknownOptionsHaveASuggestion) {
  EXPECT_THAT(findings(std::string(good_head) + "#SBATCH --node=4\n"),
              Each(Field(&Finding::id, Not("unknown-option"))));
  EXPECT_THAT(findings(std::string(good_head) + "#SBATCH --ntask-per-node=4\n"),
              ElementsAre(AllOf(Field(&Finding::id, "unknown-option"),
                                Field(&Finding::repair, HasSubstr("--ntasks-per-node")))));
  EXPECT_THAT(findings(std::string(good_head) + "#SBATCH -time=4\n"),
              Contains(Field(&Finding::repair, HasSubstr("two dashes"))));
}

TEST(Lint, IsOneJsonObject) {
  const auto json = nlohmann::json::parse(
      to_json(findings("#!/bin/sh\n#SBATCH --job-name=\"\xFF\n"), "job.sbatch"));
  EXPECT_EQ(json["schema"], "mpisize-lint");
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["file"], "job.sbatch");
  ASSERT_EQ(json["findings"].size(), 1U);
  EXPECT_EQ(json["findings"][0]["id"], "unmatched-quote");
  EXPECT_EQ(json["findings"][0]["line"], 2);
  EXPECT_EQ(json["findings"][0]["severity"], "error");
}

}  // namespace
}  // namespace mpisize
