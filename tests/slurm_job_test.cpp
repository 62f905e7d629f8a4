#include "slurm_job.hpp"

#include <gtest/gtest.h>

namespace mpisize::tools {
namespace {

// As Slurm 22.05 says it.
constexpr const char* pending =
    "JobId=3 JobName=mpisize-probe-1 UserId=root(0) GroupId=root(0) MCS_label=N/A "
    "Priority=4294901757 Nice=0 "
    "Account=(null) QOS=normal JobState=PENDING Reason=Resources Dependency=(null) Requeue=0 "
    "Restarts=0 "
    "BatchFlag=1 Reboot=0 ExitCode=0:0 RunTime=00:00:00 Partition=short AllocNode:Sid=n1:11 "
    "ReqNodeList=(null) "
    "ExcNodeList=(null) NodeList= NumNodes=2-2 NumCPUs=64\n";
constexpr const char* running =
    "JobId=3 JobName=mpisize-probe-1 JobState=RUNNING Reason=None ExitCode=0:0 ReqNodeList=(null) "
    "NodeList=n[1-2] "
    "BatchHost=n1\n";
constexpr const char* timed_out =
    "JobId=3 JobName=mpisize-probe-1 JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15 "
    "NodeList=n[1-2]\n";

TEST(SlurmJob, StateIsReadFromALine) {
  EXPECT_EQ(read_job_state(pending),
            (JobState{"mpisize-probe-1", "PENDING", "Resources", "", "0:0"}));
  EXPECT_EQ(read_job_state(running), (JobState{"mpisize-probe-1", "RUNNING", "", "n[1-2]", "0:0"}));
  EXPECT_EQ(read_job_state(timed_out),
            (JobState{"mpisize-probe-1", "TIMEOUT", "TimeLimit", "n[1-2]", "0:15"}));
}

TEST(SlurmJob, WhatIsNoJobIsNone) {
  EXPECT_EQ(read_job_state(""), std::nullopt);
  EXPECT_EQ(read_job_state("slurm_load_jobs error: Invalid job id specified"), std::nullopt);
  EXPECT_EQ(read_job_state("JobState=RUNNING at the very start is no field"), std::nullopt);
}

TEST(SlurmJob, IsOverWhenItCannotRunAgain) {
  for (const char* state :
       {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL"}) {
    EXPECT_TRUE((JobState{"", state, "", "", ""}).is_over()) << state;
  }
  for (const char* state :
       {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED"}) {
    EXPECT_FALSE((JobState{"", state, "", "", ""}).is_over()) << state;
  }
}

}  // namespace
}  // namespace mpisize::tools
