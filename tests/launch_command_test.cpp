// What `mpisize run` says about a user's own mpirun line, and what it makes of one that it cannot
// size.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_test.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using ::testing::StartsWith;
using testing::Words;
using Json = nlohmann::json;

class LaunchCommand : public testing::CommandTest {
 protected:
  [[nodiscard]] std::string shell_script(const std::string& name, const std::string& text) const {
    return script(name, "#!/bin/sh\n" + text + "\n");
  }

  /// A plan of two ranks for any program.
  [[nodiscard]] std::string plan(int threads = 1) const {
    PlanFile plan;
    plan.choice.plan.verdict = Verdict::parallel;
    plan.choice.plan.layout = {1, 2, threads};
    plan.choice.predicted.total = {Seconds(1), Seconds(1), Seconds(1)};
    write_file(file("plan.json"), to_json(plan));
    return file("plan.json").string();
  }
};

// Each says what it was given.
const std::string echo = "printf '%s|' \"$@\"; exit 5";

TEST_F(LaunchCommand, MpirunOfAnotherMpiIsStartedWordByWord) {
  const std::string mpirun = shell_script(
      "mpirun",
      "[ \"$1\" = --version ] && echo 'HYDRA build details: Version: 4.0.2' && exit\n" + echo);
  const Outcome o = mpisize({"run", "--", mpirun, "-ppn", "2", "-genv", "A", "b c", "./app"});
  EXPECT_EQ(o.code, 5);
  EXPECT_EQ(o.out, "-ppn|2|-genv|A|b c|./app|");
  EXPECT_THAT(o.err, AllOf(StartsWith("mpisize: note: "), HasSubstr("belongs to MPICH 4.0.2"),
                           HasSubstr("mpirun.openmpi")));
  EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
}

TEST_F(LaunchCommand, OtherLaunchersAreStartedWordByWord) {
  const std::string srun = shell_script("srun", echo);
  const Outcome o = mpisize({"run", "--", srun, "-n", "4", "./app"});
  EXPECT_EQ(o.code, 5);
  EXPECT_EQ(o.out, "-n|4|./app|");
  EXPECT_THAT(o.err, HasSubstr("only lines of Open MPI's mpirun are sized"));
}

TEST_F(LaunchCommand, SeveralProgramsAppFilesAndRankfilesRunUnsized) {
  const Outcome several =
      mpisize({"run", "--", "mpirun", "-n", "1", "echo", "a", ":", "-n", "1", "echo", "b"});
  EXPECT_EQ(several.code, 0);
  EXPECT_THAT(several.out, AllOf(HasSubstr("a\n"), HasSubstr("b\n")));
  EXPECT_THAT(several.err, HasSubstr("run the programs apart"));

  write_file(file("apps"), "-n 1 echo from the file\n");
  const Outcome app = mpisize({"run", "--", "mpirun", "--app", file("apps").string()});
  EXPECT_EQ(app.out, "from the file\n") << app.err;
  EXPECT_THAT(app.err, HasSubstr("--app may start several programs"));

  write_file(file("ranks"), "rank 0=localhost slot=0\n");
  const Outcome ranks = mpisize(
      {"run", "--", "mpirun", "-n", "1", "--rankfile", file("ranks").string(), "echo", "r"});
  EXPECT_EQ(ranks.out, "r\n") << ranks.err;
  EXPECT_THAT(ranks.err, HasSubstr("a rankfile places every rank"));
}

TEST_F(LaunchCommand, OptionsThatMpirunAnswersItselfAreItsOwn) {
  const Outcome o = mpisize({"run", "--", "mpirun", "--version"});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.out, HasSubstr("Open MPI"));
}

TEST_F(LaunchCommand, UnknownOptionReachesMpirunUntouched) {
  const std::string mpirun = shell_script(
      "mpirun", "[ \"$1\" = --version ] && echo 'mpirun (Open MPI) 5.0.3' && exit\n" + echo);
  const Outcome o =
      mpisize({"run", "--plan", plan(), "--", mpirun, "--shiny", "a", "-n", "8", "sh", "x"});
  EXPECT_EQ(o.code, 5);
  EXPECT_EQ(o.out, "--shiny|a|-n|2|sh|x|");
  EXPECT_THAT(o.err, AllOf(HasSubstr("[unknown-option]"), HasSubstr("[np-contradicts-plan]")));
}

TEST_F(LaunchCommand, FindingsComeBeforeTheProgramAndNeverKeepItFromStarting) {
  const Outcome o = mpisize({"run", "--as-given", "--", "mpirun", "--bind-to", "core", "-n", "1",
                             "sh", "-c", "echo started >&2"},
                            {{"OMP_NUM_THREADS", "2"}});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.err, HasSubstr("[threads-share-cores]"));
  EXPECT_LT(o.err.find("[threads-share-cores]"), o.err.find("started"));
}

TEST_F(LaunchCommand, QuietSaysNothingOfItsOwn) {
  const Outcome o = mpisize({"run", "--quiet", "--as-given", "--", "mpirun", "-n", "1", "--mca",
                             "btl", "vader", "echo", "out"});
  EXPECT_EQ(o.out, "out\n");
  EXPECT_THAT(o.err, IsEmpty());
}

TEST_F(LaunchCommand, AsGivenUnderDryRunPrintsTheLine) {
  const Words line{"mpirun", "-np", "99", "./no such app"};
  Words arguments{"run", "--as-given", "--dry-run", "--"};
  arguments.insert(arguments.end(), line.begin(), line.end());
  EXPECT_EQ(mpisize(arguments).out, "mpirun -np 99 './no such app'\n");
  arguments.insert(arguments.begin() + 1, "--json");
  const Json json = Json::parse(mpisize(arguments).out);
  EXPECT_EQ(json.at("schema"), "mpisize-launch");
  EXPECT_EQ(json.at("schema_version"), 1);
  EXPECT_EQ(json.at("kind"), "as_given");
  EXPECT_EQ(json.at("command").get<Words>(), line);
  EXPECT_EQ(json.at("findings").at(0).at("id"), "not-enough-slots");
}

TEST_F(LaunchCommand, ProgramAloneMayBeStartedAsGiven) {
  const Outcome o = mpisize({"run", "--as-given", "--", "sh", "-c", "echo $0; exit 4", "x"});
  EXPECT_EQ(o.code, 4);
  EXPECT_EQ(o.out, "x\n");
  EXPECT_EQ(mpisize({"run", "--as-given", "--", "no-such-program"}).code, 127);
}

TEST_F(LaunchCommand, AsGivenBesideAPlanIsAContradiction) {
  const Outcome o = mpisize({"run", "--as-given", "--plan", plan(), "--", "mpirun", "true"});
  EXPECT_EQ(o.code, 125);
  EXPECT_THAT(o.err, HasSubstr("--plan has no use with --as-given"));
}

TEST_F(LaunchCommand, DryRunOfAPlanShowsFindingsMappingAndEnvironment) {
  const Outcome o = mpisize(
      {"run", "--json", "--dry-run", "--plan", plan(1), "--", "mpirun", "-np", "3", "sh", "x"});
  ASSERT_EQ(o.code, 0) << o.err;
  const Json json = Json::parse(o.out);
  EXPECT_EQ(json.at("findings").at(0).at("id"), "np-contradicts-plan");
  EXPECT_EQ(json.at("mapping").size(), 1U);
  EXPECT_TRUE(json.at("environment").is_object());
}

TEST_F(LaunchCommand, CpusOfASlurmTaskAreUsedByAPlan) {
  // What sbatch -n 1 -c 2 sets; no Slurm is asked.
  const std::map<std::string, std::string> job{{"SLURM_JOBID", "1"},
                                               {"SLURM_JOB_ID", "1"},
                                               {"SLURM_NODELIST", "localhost"},
                                               {"SLURM_TASKS_PER_NODE", "1"},
                                               {"SLURM_CPUS_PER_TASK", "2"},
                                               {"SLURM_JOB_CPUS_PER_NODE", "2"}};
  const Outcome bare = mpisize({"run", "--as-given", "--", "mpirun", "-n", "2", "true"}, job);
  EXPECT_EQ(bare.code, 1);
  EXPECT_THAT(bare.err, AllOf(HasSubstr("[slots-under-slurm-c]"), HasSubstr("not enough slots")));
  const Outcome sized =
      mpisize({"run", "--plan", plan(), "--", "mpirun", "sh", "-c", "echo r"}, job);
  EXPECT_EQ(sized.code, 0) << sized.err;
  EXPECT_EQ(sized.out, "r\nr\n");
}

TEST_F(LaunchCommand, SubmitAndProfileRefuseWhatCannotBeSized) {
  for (const char* const command : {"submit", "profile"}) {
    const Outcome o = mpisize({command, "--", "mpirun", "-n", "1", "true", ":", "true"});
    EXPECT_EQ(o.code, 2);
    EXPECT_THAT(o.err, HasSubstr("run the programs apart"));
  }
}

}  // namespace
}  // namespace mpisize
