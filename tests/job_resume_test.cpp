// The lines are run by bash, with a program in the place of the ranks that warns them as Slurm
// does.
#include "mpisize/write/job_resume.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class JobResume : public ::testing::Test {
 protected:
  void SetUp() override {
    write("scontrol", "#!/bin/sh\necho \"$@\" > " + file("asked") + "\n");
    write("journal of it", "old\n");
  }

  /// The ranks, in sh: `on_warning` is what they do when they are warned, after which they are to
  /// end. They wait until the job minds the signal, and send it as Slurm would.
  void ranks(const std::string& on_warning) {
    write("ranks",
          "#!/bin/bash\ntrap '" + on_warning +
              "' USR1\n"
              "minds() { (( 0x$(sed -n 's/SigCgt:\\s*//p' /proc/$PPID/status) & 0x200 )); }\n"
              "until minds; do sleep 0.01; done\n"
              "kill -USR1 $PPID\nwhile sleep 0.05; do :; done\n");
  }

  int job(const Resumption& resume) {
    const std::string text = "set -euo pipefail\n" + launch_and_requeue(resume, "./ranks 1") + "\n";
    write("job", text);
    Command bash;
    bash.argv = {"env",
                 "-C",
                 directory_.path().string(),
                 "PATH=.:" + std::string(getenv("PATH")),
                 "SLURM_JOB_ID=17",
                 "bash",
                 "./job"};
    bash.output = file("stdout");
    bash.errors = file("stderr");
    bash.input = false;
    constexpr Seconds far_too_long{60};
    bash.timeout = far_too_long;
    return run(bash).exit_code();
  }

  [[nodiscard]] Resumption resume() const {
    Resumption resume;
    resume.journal = "journal of it";
    return resume;
  }
  void write(const std::string& name, const std::string& text) const {
    fs::permissions(directory_.write(name, text), fs::perms::owner_all);
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (directory_.path() / name).string();
  }
  [[nodiscard]] bool put_back() const {
    return fs::exists(file("asked")) && read_file(file("asked")) == "requeue 17\n";
  }

 private:
  testing::TemporaryDirectory directory_;
};

TEST_F(JobResume, WithoutAWarningTheJobEndsAsTheRanksDo) {
  write("ranks", "#!/bin/sh\nexit 7\n");
  EXPECT_EQ(job(resume()), 7);
  write("ranks", "#!/bin/sh\nexit 0\n");
  EXPECT_EQ(job(resume()), 0);
  EXPECT_FALSE(fs::exists(file("asked")));
}

TEST_F(JobResume, WarnedItWaitsForTheRanksAndIsPutBack) {
  ranks("sleep 0.3; echo more >> \"journal of it\"; exit 0");
  EXPECT_EQ(job(resume()), 0);
  EXPECT_TRUE(put_back()) << read_file(file("stderr"));
}

TEST_F(JobResume, RanksThatDieOfTheWarningArePutBackToo) {
  ranks("echo more >> \"journal of it\"; exit 138");
  EXPECT_EQ(job(resume()), 0);
  EXPECT_TRUE(put_back());
}

TEST_F(JobResume, RanksThatDoNotEndInTimeAreEnded) {
  ranks("trap \"echo more >> \\\"journal of it\\\"; exit 143\" TERM");
  Resumption soon = resume();
  soon.stop = Seconds(0.2);
  EXPECT_EQ(job(soon), 0);
  EXPECT_TRUE(put_back());
}

TEST_F(JobResume, WhatAddsNothingIsNotPutBackForEver) {
  ranks("exit 0");
  EXPECT_EQ(job(resume()), 1);
  EXPECT_FALSE(fs::exists(file("asked")));
  EXPECT_THAT(read_file(file("stderr")), HasSubstr("journal of it did not grow"));
}

TEST_F(JobResume, AJournalThatWasNotThereHasGrown) {
  fs::remove(file("journal of it"));
  ranks("echo first > \"journal of it\"; exit 0");
  EXPECT_EQ(job(resume()), 0);
  EXPECT_TRUE(put_back());
}

TEST_F(JobResume, WhatIsDoneInTheMeantimeIsOver) {
  ranks("echo more >> \"journal of it\"; echo all > \"the result\"; exit 0");
  Resumption known = resume();
  known.result = "the result";
  EXPECT_EQ(job(known), 0);
  EXPECT_FALSE(fs::exists(file("asked")));
}

TEST_F(JobResume, AControllerThatRefusesFailsTheJob) {
  write("scontrol", "#!/bin/sh\nexit 5\n");
  ranks("echo more >> \"journal of it\"; exit 0");
  EXPECT_EQ(job(resume()), 5);
}

}  // namespace
}  // namespace mpisize
