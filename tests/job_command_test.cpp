// mpisize submit sends jobs, with commands in Slurm's place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

KernelProfile kernel() {
  constexpr int samples = 50;
  KernelProfile kernel;
  kernel.name = "made up";
  kernel.items = 100000;
  for (int i = 0; i < samples; ++i) {
    ItemSample sample;
    sample.index = std::int64_t{i} * 2000;
    sample.time = Seconds(0.01 + 1e-5 * (i % 7));
    kernel.samples.push_back(sample);
  }
  kernel.rank_memory = Bytes(80'000'000);
  kernel.root_memory = Bytes(90'000'000);
  return kernel;
}

class JobCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    write("work/kernel.json", to_json(kernel()));
    fs::create_directory(path("tmp"));
    put("sbatch", "echo 17");
    put("scancel", "exit 0");
    looks({"JobState=COMPLETED Reason=None ExitCode=0:0"});
  }

  /// A command of Slurm, which notes that it was asked.
  void put(const std::string& name, const std::string& action) const {
    fs::permissions(write("bin/" + name, "#!/bin/sh\necho \"" + name + " $*\" >> '" +
                                             path("asked").string() + "'\n" + action + "\n"),
                    fs::perms::owner_all);
  }

  /// What scontrol says of the job, look by look.
  void looks(const Words& states) const {
    std::string lines;
    for (const std::string& state : states) lines += "JobId=17 JobName=app " + state + "\n";
    const std::string said = write("said", lines).string();
    put("scontrol", "head -n 1 '" + said + "'; sed -i 1d '" + said + "'");
  }

  Outcome submit(const Words& options, const Words& child = {"./app"}) const {
    Words words{"submit", "--topology", "node:2 core:4 pu:1", "--kernel", "kernel.json"};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), child.begin(), child.end());
    return mpisize(words, path("bin").string() + ":" + std::getenv("PATH"));
  }

  Outcome mpisize(const Words& words, const std::string& path_variable) const {
    Command c;
    c.argv = {"env",
              "-C",
              path("work").string(),
              "PATH=" + path_variable,
              "XDG_CACHE_HOME=" + path("cache").string(),
              "XDG_DATA_HOME=" + path("data").string(),
              "TMPDIR=" + path("tmp").string(),
              MPISIZE_COMMAND};
    c.argv.insert(c.argv.end(), words.begin(), words.end());
    c.output = path("out");
    c.errors = path("err");
    c.input = false;
    constexpr Seconds far_too_long{60};
    c.timeout = far_too_long;
    const ChildRun done = run(c);
    return {done.exit_code(), read_file(path("out")), read_file(path("err"))};
  }

  [[nodiscard]] fs::path path(const std::string& name) const { return root_.path() / name; }
  fs::path write(const std::string& name, const std::string& text) const {
    return root_.write(name, text);
  }
  [[nodiscard]] std::string asked() const {
    return fs::exists(path("asked")) ? read_file(path("asked")) : "";
  }
  [[nodiscard]] bool has(const std::string& name) const { return fs::exists(path("work/" + name)); }

 private:
  testing::TemporaryDirectory root_;
};

TEST_F(JobCommand, SendsTheScriptAndPrintsTheNumberOfTheJob) {
  const Outcome o = submit({"--quiet", "-o", "app.sbatch"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "17\n");
  EXPECT_EQ(asked(), "sbatch --parsable app.sbatch\n");
  EXPECT_TRUE(has("app.sbatch") && has("app.plan.json"));
}

TEST_F(JobCommand, SaysWithJsonWhatWasWrittenAndSent) {
  const Outcome o = submit({"--json", "--quiet"});
  ASSERT_EQ(o.code, 0) << o.err;
  const auto json = nlohmann::json::parse(o.out);
  EXPECT_EQ(json.at("job_id"), "17");
  EXPECT_EQ(json.at("script_file"), "job.sbatch");
  EXPECT_EQ(json.at("plan_file"), path("work/job.plan.json").string());
}

TEST_F(JobCommand, WhatWasPredictedIsKeptUnderTheNumberOfTheJob) {
  ASSERT_EQ(submit({"--quiet"}).code, 0);
  const Outcome o = mpisize({"history", "--json"}, std::getenv("PATH"));
  const auto entries = nlohmann::json::parse(o.out).at("entries");
  ASSERT_EQ(entries.size(), 1U) << o.out;
  EXPECT_EQ(entries[0].at("slurm").at("job_id"), "17");
  EXPECT_GT(entries[0].at("predicted").at("value"), 0);
}

TEST_F(JobCommand, ARefusalIsShownInSbatchsWordsAndTheScriptIsKept) {
  put("sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid partition' >&2; exit 1");
  const Outcome o = submit({"--quiet"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(HasSubstr("Batch job submission failed: Invalid partition"),
                           HasSubstr("the script is 'job.sbatch'")));
  EXPECT_TRUE(has("job.sbatch"));
  EXPECT_FALSE(fs::exists(path("data/mpisize/history"))) << "there is no such job";
}

TEST_F(JobCommand, WithoutSbatchTheScriptIsThereAndItIsSaidWhatToDo) {
  const Words words{"submit",   "--quiet",     "--topology", "core:4 pu:1",
                    "--kernel", "kernel.json", "--",         "./app"};
  const Outcome o = mpisize(words, path("tmp").string());
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(HasSubstr("no sbatch on this machine"), HasSubstr("'job.sbatch'"),
                           HasSubstr("where jobs are submitted")));
  EXPECT_TRUE(has("job.sbatch"));
}

TEST_F(JobCommand, TestOnlyPrintsWhatSbatchSaysAndSendsNothing) {
  put("sbatch", "echo 'sbatch: Job 18 to start at 2026-01-01T00:00:00 using 8 processors' >&2");
  const Outcome o = submit({"--test-only", "--quiet"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("Job 18 to start at 2026-01-01T00:00:00"));
  EXPECT_EQ(asked(), "sbatch --test-only job.sbatch\n");
}

TEST_F(JobCommand, WaitingTellsWhatTheJobDoesAndEndsWithItsStatus) {
  const std::string waits = "JobState=PENDING Reason=Resources ExitCode=0:0";
  const std::string runs = "JobState=RUNNING Reason=None NodeList=n[1-2] ExitCode=0:0";
  const auto waited = [&](const std::string& end) {
    looks({waits, runs, end});
    return submit({"--wait"});
  };
  const Outcome done = waited("JobState=COMPLETED Reason=None ExitCode=0:0");
  EXPECT_EQ(done.code, 0);
  EXPECT_EQ(done.out, "17\n");
  EXPECT_THAT(done.err,
              AllOf(HasSubstr("job 17 waits (Resources)"), HasSubstr("job 17 is running on n[1-2]"),
                    HasSubstr("job 17 is over: COMPLETED")));
  EXPECT_EQ(waited("JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0").code, 3);
  EXPECT_EQ(waited("JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15").code, 1);
}

TEST_F(JobCommand, AJobThatIsPutBackIsWaitedForFurther) {
  looks({"JobState=RUNNING Reason=None NodeList=n1 ExitCode=0:0",
         "JobState=PENDING Reason=BeginTime ExitCode=0:0",
         "JobState=COMPLETED Reason=None ExitCode=0:0"});
  const Outcome o = submit({"--wait", "--requeue", "--journal", "app.journal"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.err, HasSubstr("job 17 waits (BeginTime)"));
}

TEST_F(JobCommand, InterruptedWaitingLeavesTheJobAndSaysHowToSeeIt) {
  put("scontrol", "kill -INT $PPID; sleep 5");
  const Outcome o = submit({"--wait"});
  EXPECT_EQ(o.code, 128 + 2);
  EXPECT_THAT(o.err, AllOf(HasSubstr("job 17 goes on: squeue -j 17"), HasSubstr("scancel 17")));
  EXPECT_THAT(asked(), Not(HasSubstr("scancel")));
}

TEST_F(JobCommand, AJobThatGoesOnIsWarnedAndTakenBack) {
  const Outcome o = submit({"--dry-run", "--requeue", "--journal", "app journal", "--time", "4h"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(
      o.out, AllOf(HasSubstr("\n#SBATCH --time=04:00:00\n"),
                   HasSubstr("\n#SBATCH --signal=B:USR1@120\n"), HasSubstr("\n#SBATCH --requeue\n"),
                   HasSubstr("journal='app journal'"), HasSubstr("scontrol requeue")));
  EXPECT_EQ(asked(), "");
}

TEST_F(JobCommand, WhatCannotGoOnIsRefused) {
  struct Case {
    Words options;
    Words child;
    std::string word;
  };
  const Words map{"mpisize", "map",      "--kernel", "k.so",
                  "--input", "in.h5:/x", "--output", "out.h5:/y"};
  Words behind_mpirun{"mpirun"};
  behind_mpirun.insert(behind_mpirun.end(), map.begin(), map.end());
  Words on_two = map;
  on_two.insert(on_two.end(), {"--ranks", "2"});
  for (const Case& c :
       std::vector<Case>{{{"--requeue"}, {"./app"}, "--requeue needs a journal"},
                         {{"--requeue"}, map, "--requeue needs a journal"},
                         {{"--journal", "j"}, {"./app"}, "add --requeue"},
                         {{"--journal", "j", "--requeue"}, map, "write it there"},
                         {{"--launcher", "srun"}, map, "leave out --launcher srun"},
                         {{}, behind_mpirun, "mpisize map starts mpirun itself"},
                         {{"--ranks", "4"}, on_two, "leave one of them out"},
                         {{}, {"mpisize", "map", "--kernel", "k.so"}, "--input is missing"}}) {
    const Outcome o = submit(c.options, c.child);
    EXPECT_EQ(o.code, 2) << o.err;
    EXPECT_THAT(o.err, HasSubstr(c.word));
    EXPECT_EQ(asked(), "");
    EXPECT_FALSE(has("job.sbatch"));
  }
}

TEST_F(JobCommand, AMapIsToldItsRanksAndPlansAsItRuns) {
  const Outcome o = submit({"--dry-run", "--requeue"},
                           {"mpisize", "map", "--kernel", "k.so", "--input", "in.h5:/x", "--output",
                            "out.h5:/y", "--journal", "a.journal"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(StartsWith("#!"), HasSubstr("#SBATCH --ntasks=8\n"),
                           HasSubstr("--journal a.journal --ranks 8 &\n"),
                           HasSubstr("journal=a.journal\n"), HasSubstr("[ ! -e out.h5 ]"),
                           Not(HasSubstr("MPISIZE_PLAN")), Not(HasSubstr("mpirun -n"))));
}

}  // namespace
}  // namespace mpisize
