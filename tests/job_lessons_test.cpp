#include "mpisize/model/job_lessons.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A job of 8 ranks on 2 nodes that was predicted to take 100 s (110 s at most).
HistoryEntry job(std::optional<FailureCause> cause, double wall) {
  HistoryEntry entry;
  entry.ranks = 8;
  entry.nodes = 2;
  entry.predicted = Interval{Seconds(100), Seconds(90), Seconds(110)};
  entry.slurm = SlurmFacts();
  entry.slurm->job_id = "17";
  entry.slurm->memory_asked = Bytes(1'000'000'000);
  entry.slurm->time_limit = Seconds(120);
  entry.slurm->cause = cause;
  entry.seen = ProgramRun();
  entry.seen->wall = Seconds(wall);
  return entry;
}

JobLessons learned(const std::vector<HistoryEntry>& entries) {
  return lessons_of(entries, 8, 2, 1);
}

TEST(JobLessons, AfterAnOutOfMemoryEndMoreMemoryIsAskedFor) {
  const JobLessons lessons = learned({job(FailureCause::out_of_memory, 50)});
  EXPECT_EQ(lessons.node_memory, Bytes(1'500'000'000));
  EXPECT_FALSE(lessons.time);
  EXPECT_THAT(lessons.reasons, ElementsAre(HasSubstr("job 17 ran out of memory with 1.00 GB")));
}

TEST(JobLessons, AfterATimeoutMoreTimeIsAskedFor) {
  const JobLessons lessons = learned({job(FailureCause::time_limit, 120)});
  EXPECT_EQ(lessons.time, Seconds(180));
  EXPECT_FALSE(lessons.node_memory);
}

TEST(JobLessons, JobsThatTookLongerThanPredictedWidenIt) {
  // One that ended well before took 2.5 times what was predicted.
  const JobLessons lessons = learned({job(FailureCause::time_limit, 120), job(std::nullopt, 250)});
  EXPECT_EQ(lessons.time, Seconds(275));
}

TEST(JobLessons, OneThatEndedWellSinceTakesThemBack) {
  EXPECT_EQ(learned({job(std::nullopt, 100), job(FailureCause::time_limit, 120),
                     job(FailureCause::out_of_memory, 50)}),
            JobLessons());
}

TEST(JobLessons, WhatIsNotOfSizesTeachesNothing) {
  for (const FailureCause cause : {FailureCause::node_failure, FailureCause::preemption,
                                   FailureCause::cancelled, FailureCause::own_error}) {
    EXPECT_EQ(learned({job(cause, 50)}), JobLessons()) << name_of(cause);
  }
}

TEST(JobLessons, OtherLayoutsTeachNothing) {
  const std::vector<HistoryEntry> entries{job(FailureCause::out_of_memory, 50)};
  EXPECT_EQ(lessons_of(entries, 16, 2, 1), JobLessons());
  EXPECT_EQ(lessons_of(entries, 8, 1, 1), JobLessons());
  EXPECT_EQ(lessons_of(entries, 8, 2, 2), JobLessons());
  EXPECT_EQ(lessons_of({}, 8, 2, 1), JobLessons());
}

}  // namespace
}  // namespace mpisize
