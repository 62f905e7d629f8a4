#include "mpisize/write/job_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;

JobScript job() {
  JobScript script;
  script.choice.plan.verdict = Verdict::parallel;
  script.choice.plan.layout = {3, 40, 2};
  script.choice.predicted.total = {Seconds(160), Seconds(150), Seconds(180)};
  script.rank_memory = Bytes(100 << 20);
  script.program = {"./app"};
  return script;
}

TEST(JobRequest, IsThePlansLayoutMemoryAndTime) {
  const JobRequest request = request_of(job());
  EXPECT_EQ(request.nodes, 3);
  EXPECT_EQ(request.ntasks, 40);
  EXPECT_EQ(request.ntasks_per_node, 14);
  EXPECT_EQ(request.cpus_per_task, 2);
  EXPECT_EQ(request.memory,
            Bytes(std::int64_t{1400 * 12 / 10 + 64} << 20));  // 14 ranks, 20 %, launcher
  EXPECT_EQ(request.time, Seconds(180 * 1.25));
}

TEST(JobRequest, IsWhatTheRenderedScriptAsksFor) {
  const std::string text = render(job());
  for (const RequestedOption& option : requested_options(request_of(job()))) {
    EXPECT_THAT(text, HasSubstr("\n#SBATCH --" + option.option + "=" + option.value + "\n"));
  }
}

TEST(JobRequest, WithoutMeasuredMemoryAsksForNone) {
  JobScript script = job();
  script.rank_memory.reset();
  EXPECT_FALSE(request_of(script).memory);
}

TEST(JobRequest, OfAnInfeasiblePlanIsRefused) {
  JobScript script = job();
  script.choice.plan.verdict = Verdict::infeasible;
  EXPECT_THROW((void)request_of(script), InputError);
}

TEST(JobRequest, AJobThatGoesOnIsWarnedInTimeAndHasThatTimeOnTop) {
  JobScript script = job();
  script.resume.emplace().journal = "app.journal";
  script.resume->stop = Seconds(50);
  const JobRequest request = request_of(script);
  EXPECT_EQ(request.signal, "B:USR1@140");  // 60 s late, 50 s to end, 30 s to be taken back
  EXPECT_EQ(request.time, Seconds(180 * 1.25 + 140));
  const auto options = requested_options(request);
  EXPECT_EQ(options.at(options.size() - 2), (RequestedOption{"requeue", ""}));
  EXPECT_EQ(options.back(), (RequestedOption{"open-mode", "append"}));
}

TEST(JobRequest, OfAShortTimeLimitTwoThirdsAreLeftToComputeIn) {
  JobScript script = job();
  script.resume.emplace().journal = "app.journal";
  script.time_limit = Seconds(90);
  EXPECT_EQ(request_of(script).signal, "B:USR1@30");
  EXPECT_EQ(request_of(script).time, Seconds(90));
  script.time_limit = Seconds(3600);
  EXPECT_EQ(request_of(script).signal, "B:USR1@120");
}

TEST(JobRequest, ATimeLimitThatIsGivenHoldsWhateverIsPredictedOrLearnt) {
  JobScript script = job();
  script.time_limit = Seconds(60);
  script.lessons.time = Seconds(7200);
  EXPECT_EQ(request_of(script).time, Seconds(60));
  EXPECT_FALSE(request_of(script).signal);
}

TEST(JobRequest, WhatIsEmptyIsNoOption) {
  EXPECT_TRUE(requested_options({}).empty());
  JobRequest request;
  request.time = Seconds(90);
  EXPECT_EQ(requested_options(request), (std::vector<RequestedOption>{{"time", "00:02:00"}}));
}

TEST(JobRequest, NeedsAreOptionsAndFlagsHaveNoValue) {
  JobScript script = job();
  script.partition = "p";
  script.needs = {"long", "ib&avx", "gpu:2", true, true, ItemArray{16, 100}};
  const auto options = requested_options(request_of(script));
  const std::vector<RequestedOption> expected{
      {"partition", "p"}, {"qos", "long"},           {"constraint", "ib&avx"}, {"gres", "gpu:2"},
      {"exclusive", ""},  {"hint", "nomultithread"}, {"array", "0-15"},        {"nodes", "3"}};
  EXPECT_THAT(options, ::testing::IsSupersetOf(expected));
  const std::string text = render(request_of(script));
  EXPECT_THAT(text, HasSubstr("\n#SBATCH --exclusive\n"));
  EXPECT_THAT(text, HasSubstr("\n#SBATCH --constraint=\"ib&avx\"\n"));
  EXPECT_THAT(text, ::testing::EndsWith("\nexit 0\n"));
}

TEST(JobRequest, MarginEndsAtThePartitionsTimeLimit) {
  JobScript script = job();  // upper end 180 s, with margin 225 s
  script.longest = Seconds(240);
  EXPECT_EQ(request_of(script).time, Seconds(225));
  script.longest = Seconds(200);
  EXPECT_EQ(request_of(script).time, Seconds(200));
  script.longest = Seconds(100);  // It does not fit anyway, and sbatch will say so.
  EXPECT_EQ(request_of(script).time, Seconds(225));
}

}  // namespace
}  // namespace mpisize
