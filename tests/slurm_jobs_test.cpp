#include "mpisize/write/slurm_jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// What Slurm 22.05 printed of jobs on emulated hosts.
constexpr const char* recorded =
    "1|COMPLETED|0:0|2|2|n[1-2]|billing=4,cpu=4,mem=600M,node=2||1|\n"
    "1.batch|COMPLETED|0:0|2|1|n1||||cpu=00:00:00,energy=0,fs/disk=401199,mem=65503232,pages=0\n"
    "1.0|COMPLETED|0:0|2|1|n2||||cpu=00:00:00,energy=0,fs/disk=352552,mem=52109312,pages=0\n"
    "2|COMPLETED|0:0|2|2|n[1-2]||billing=4,cpu=4,mem=600M,node=2|1|\n"
    "2.batch|COMPLETED|0:0|2|1|n1||||cpu=00:00:00,energy=0,mem=13508608,pages=2\n"
    "2.0|COMPLETED|0:0|2|2|n[1-2]||||cpu=00:00:00,energy=0,mem=62537728,pages=1\n"
    "3|FAILED|3:0|0|1|n1||billing=1,cpu=1,mem=100M,node=1|1|\n"
    "3.batch|FAILED|3:0|0|1|n1||||energy=0\n"
    "4|FAILED|0:11|0|1|n1||billing=1,cpu=1,mem=100M,node=1|1|\n"
    "4.batch|CANCELLED|0:11|0|1|n1||||energy=0\n"
    "5|TIMEOUT|0:0|89|1|n1||billing=1,cpu=1,mem=100M,node=1|1|\n"
    "5.batch|CANCELLED|0:15|89|1|n1||||\n"
    "6|CANCELLED by 0|0:0|0|1|None assigned||billing=1,cpu=1,mem=100M,node=1|1|\n";

JobRecord record_of(std::string_view text, std::string_view job) {
  for (const JobRecord& record : read_sacct(text)) {
    if (record.facts.job_id == job) return record;
  }
  ADD_FAILURE() << "no job " << job;
  return {};
}

TEST(ReadSacct, MemoryOfANodeIsThatOfItsStepsTogether) {
  EXPECT_THAT(read_sacct(recorded), SizeIs(6));
  const JobRecord by_mpirun = record_of(recorded, "1");
  EXPECT_EQ(by_mpirun.facts.memory_used, Bytes(65503232)) << "its daemons run on the other node";
  const JobRecord by_srun = record_of(recorded, "2");
  EXPECT_EQ(by_srun.facts.memory_used, Bytes(13508608 + 62537728 / 2)) << "beside the script";
  EXPECT_EQ(by_srun.facts.memory_asked, Bytes(std::int64_t{300} << 20)) << "of a node";
  EXPECT_EQ(by_srun.facts.time_limit, Seconds(60));
  EXPECT_EQ(by_srun.elapsed, Seconds(2));
  EXPECT_EQ(by_srun.ending.status, 0);
  EXPECT_FALSE(by_srun.facts.cause);
  EXPECT_TRUE(is_over(by_srun.facts.state.value()));
}

TEST(ReadSacct, EachEndHasItsCause) {
  const auto cause = [](std::string_view job) { return record_of(recorded, job).facts.cause; };
  EXPECT_EQ(cause("3"), FailureCause::own_error);
  EXPECT_EQ(record_of(recorded, "3").ending.status, 3);
  EXPECT_EQ(cause("4"), FailureCause::own_error);
  EXPECT_EQ(record_of(recorded, "4").ending.signal, 11);
  EXPECT_EQ(cause("5"), FailureCause::time_limit);
  EXPECT_EQ(cause("6"), FailureCause::cancelled);
  const auto of_state = [](std::string_view state) { return cause_of(state, {}); };
  EXPECT_EQ(of_state("OUT_OF_MEMORY"), FailureCause::out_of_memory);
  EXPECT_EQ(of_state("NODE_FAIL"), FailureCause::node_failure);
  EXPECT_EQ(of_state("PREEMPTED"), FailureCause::preemption);
  EXPECT_EQ(of_state("CANCELLED by 1000"), FailureCause::cancelled);
  ProgramEnding starved;
  starved.signal = 125;
  EXPECT_EQ(cause_of("FAILED", starved), FailureCause::out_of_memory);
}

TEST(ReadSacct, JobsThatGoOnAreNotOver) {
  for (const std::string state : {"PENDING", "RUNNING", "REQUEUED", "SUSPENDED"}) {
    const std::string text = "7|" + state + "|0:0|0|1|None assigned||cpu=1,mem=1G,node=1|5|\n";
    EXPECT_FALSE(is_over(record_of(text, "7").facts.state.value())) << state;
    EXPECT_FALSE(record_of(text, "7").facts.cause) << state;
  }
}

TEST(ReadSacct, OfARequeuedJobTheLastRunCounts) {
  const std::string text =
      "8|NODE_FAIL|0:0|10|1|n1||cpu=1,mem=1G,node=1|5|\n"
      "8|COMPLETED|0:0|40|1|n2||cpu=1,mem=1G,node=1|5|\n";
  EXPECT_THAT(read_sacct(text), SizeIs(1));
  EXPECT_EQ(record_of(text, "8").facts.state, "COMPLETED");
  EXPECT_EQ(record_of(text, "8").elapsed, Seconds(40));
}

TEST(ReadSacct, ArraysAndComponentsAreJobsOfTheirOwn) {
  const std::string text =
      "12_3|COMPLETED|0:0|4|1|n1||cpu=1,mem=1G,node=1|5|\n"
      "13+1|COMPLETED|0:0|5|1|n1||cpu=1,mem=1G,node=1|5|\n";
  EXPECT_EQ(record_of(text, "12_3").elapsed, Seconds(4));
  EXPECT_EQ(record_of(text, "13+1").elapsed, Seconds(5));
}

TEST(ReadSacct, OtherTextIsRefusedWithItsLine) {
  try {
    static_cast<void>(read_sacct("1|COMPLETED|0:0|2|2|n1||mem=1M|1|\nnonsense\n"));
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("line 2 of what sacct says"));
  }
}

TEST(SacctLine, AsksOnceForAllJobsWheneverTheyRan) {
  const std::vector<std::string> jobs{"1", "12_3"};
  const auto line = sacct_line(jobs);
  EXPECT_THAT(line, Contains("--jobs=1,12_3"));
  EXPECT_THAT(line, Contains("--starttime=1970-01-01"));
}

TEST(ReadScontrolJobs, KnowTimesAndEndsButNoMemoryThatWasUsed) {
  const auto records = read_scontrol_jobs(
      "JobId=9 JobName=a JobState=TIMEOUT Reason=TimeLimit ExitCode=0:0 RunTime=00:01:04 "
      "TimeLimit=00:01:00 NumNodes=1 MinMemoryNode=300M\n"
      "No jobs in the system\n");
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].facts.cause, FailureCause::time_limit);
  EXPECT_EQ(records[0].elapsed, Seconds(64));
  EXPECT_EQ(records[0].facts.time_limit, Seconds(60));
  EXPECT_EQ(records[0].facts.memory_asked, Bytes(std::int64_t{300} << 20));
  EXPECT_FALSE(records[0].facts.memory_used);
}

}  // namespace
}  // namespace mpisize
