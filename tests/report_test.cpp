#include "mpisize/write/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "sample_values.hpp"

namespace mpisize {
namespace {

using testing::HasSubstr;
using testing::Not;

std::int64_t line_count(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(DescribeTopology, ShowsHardwareGrantAndWhatNarrowedIt) {
  const std::string text = describe(sample::topology());
  EXPECT_THAT(text, HasSubstr("each of 3 nodes with 2 packages, 4 NUMA nodes, 16 cores, 32 PUs, "
                              "64.0 GB memory\n"));
  EXPECT_THAT(text,
              HasSubstr("granted on each: 14 cores, 28 PUs, 13.7 CPUs of time, 31.0 GB memory "
                        "free\n"));
  EXPECT_THAT(text, HasSubstr("    cgroup quota of 13.7 CPUs\n    affinity mask\n"));
}

TEST(DescribeMachine, MarksWhatIsAssumed) {
  const std::string text = describe(sample::machine());
  EXPECT_THAT(text, HasSubstr("fixed     300 ms (90 %: 250 ms to 350 ms), measured\n"));
  EXPECT_THAT(text, HasSubstr("per node  30.0 ms (90 %: 0 s to 300 ms), assumed\n"));
  EXPECT_THAT(text, HasSubstr("link between racks: assumed\n"));
  EXPECT_THAT(
      text, HasSubstr("link same numa node: measured, median error 3.3 % (23 % as a single line), "
                      "eager up to 4.10 kB"));
  EXPECT_THAT(text, HasSubstr("n2: computes at 0.53 of the others' speed; plans leave it out\n"));
  EXPECT_THAT(text, HasSubstr("a message costs its sender 143 ns, its receiver 111 ns"));
  EXPECT_THAT(text, HasSubstr("latency  333 ns, bandwidth 7.00 GB/s\n"));
  EXPECT_THAT(text, HasSubstr("root, data  5.50 GB/s (90 %: 3.33 GB/s to 10.0 GB/s), measured\n"));
}

TEST(DescribeMachine, ModelErrorCountsAsMeasuredFromEnoughRunsOn) {
  Machine machine;
  machine.model_error.residuals = {-0.02};
  EXPECT_THAT(describe(machine),
              HasSubstr("model error assumed, earlier runs are too few: median 2.0 "
                        "% in 1 earlier run\n"));
  machine.model_error.residuals.assign(10, -0.02);
  EXPECT_THAT(describe(machine),
              HasSubstr("model error measured: median 2.0 % in 10 earlier runs\n"));
}

TEST(DescribeMachine, WhatIsGivenWithoutAnIntervalShowsNone) {
  Machine machine;
  machine.launch.per_rank = given(Seconds(0.001));
  machine.dispatch.root_per_byte = {SecondsPerByte(1e-10), SecondsPerByte(1e-10),
                                    SecondsPerByte(1e-10), Source::derived};
  const std::string text = describe(machine);
  EXPECT_THAT(text, HasSubstr("per rank  1.00 ms, given\n"));
  EXPECT_THAT(text, HasSubstr("root, data  10.0 GB/s, derived\n"));
}

TEST(DescribeMachine, PortOfSeveralNodesIsNamedEvenIfItIsNotKnown) {
  Machine machine;
  EXPECT_THAT(describe(machine), Not(HasSubstr("port")));
  machine.topology.nodes = 2;
  EXPECT_THAT(describe(machine), HasSubstr("port of the root's node    unlimited, assumed\n"));
}

TEST(DescribeMachine, WithoutMeasurementsSaysSo) {
  const std::string text = describe(Machine{});
  EXPECT_THAT(text, HasSubstr("links not measured"));
  EXPECT_THAT(text, HasSubstr("model error assumed"));
  EXPECT_THAT(text, Not(HasSubstr(", measured")));
}

TEST(DescribeKernel, FirstStretchesStandApart) {
  KernelProfile kernel;
  kernel.items = 1000;
  for (int i = 0; i < 10; ++i) {
    ItemSample sample;
    sample.index = 100 * i;
    sample.time = Seconds(i == 0 ? 5.0 : 0.001 * (1 + i % 3));
    sample.first = i == 0;
    kernel.samples.push_back(sample);
  }
  const std::string text = describe(kernel);
  EXPECT_THAT(text, HasSubstr("1 000 items, 10 sampled (1 %)"));
  EXPECT_THAT(text,
              HasSubstr("mean 2.00 ms, median 2.00 ms, 5 % to 95 %: 1.00 ms to 3.00 ms, longest "
                        "3.00 ms, CV 0.41, measured\n"));
  EXPECT_THAT(text, HasSubstr("####"));
  EXPECT_THAT(text, Not(HasSubstr("5.00 s")));
}

TEST(DescribeKernel, StretchOfManyItemsCountsEach) {
  KernelProfile kernel;
  kernel.items = 1000;
  kernel.samples.resize(2);
  kernel.samples[0].count = 9;
  kernel.samples[0].time = Seconds(9);
  kernel.samples[1].index = 500;
  kernel.samples[1].time = Seconds(11);
  EXPECT_THAT(describe(kernel), HasSubstr("mean 2.00 s, median 1.00 s"));
}

TEST(DescribeKernel, OnlyFirstStretchesAreBetterThanNothing) {
  KernelProfile kernel;
  kernel.items = 1;
  kernel.samples.resize(1);
  kernel.samples[0].first = true;
  kernel.samples[0].time = Seconds(2);
  EXPECT_THAT(describe(kernel), HasSubstr("mean 2.00 s"));
}

TEST(DescribeKernel, WithoutSamplesSaysSo) {
  const std::string text = describe(KernelProfile{});
  EXPECT_THAT(text, HasSubstr("not sampled"));
  EXPECT_THAT(text, HasSubstr("root unknown, worker unknown"));
}

TEST(DescribeKernel, ShowsMemoryThreadsAndSlowDown) {
  const std::string text = describe(sample::kernel());
  EXPECT_THAT(text, HasSubstr("kernel collide: "));
  EXPECT_THAT(text, HasSubstr("root 120 MB, worker 80.0 MB"));
  EXPECT_THAT(text, HasSubstr("4 a rank, CPU share of an item 0.97"));
  EXPECT_THAT(text, HasSubstr("1.068 (90 %: 1.000 to 1.200), measured, with 4 ranks a node"));
  EXPECT_THAT(text, HasSubstr("before the call 400 ms"));
}

TEST(DescribeChoice, ShortFormHasVerdictTimesAndReasons) {
  const std::string text = describe(sample::choice(), false);
  EXPECT_THAT(text, HasSubstr("parallel: 8 ranks on 2 nodes, 4 threads each\n"));
  EXPECT_THAT(
      text,
      HasSubstr("factoring, at least 16 items a chunk, 4 chunks queued a worker, 512 "
                "items in flight, 64 items a batch, ordered, largest first; racks of up to 6 "
                "groups, to which go 15 items at a time, 7 queued a group; sub-roots for up to "
                "8 ranks each, who hand on 5 items at a time, 3 queued a rank, and compute "
                "too\n"));
  EXPECT_THAT(text, HasSubstr("predicted 12.3 s (90 %: 11.9 s to 13.1 s)\n"));
  EXPECT_THAT(text,
              HasSubstr("speedup 5.12, at least 4.70 (5 % quantile), parallel efficiency 0.64"));
  EXPECT_THAT(text, HasSubstr("- 8 ranks are 5.12 times as fast as one\n"));
  EXPECT_THAT(text, HasSubstr("binding limit: memory of a node\n"));
  EXPECT_THAT(text, Not(HasSubstr("runner-up")));
}

TEST(DescribeChoice, NamesTheNodesInRankOrder) {
  EXPECT_THAT(
      describe(sample::choice(), false),
      HasSubstr("in rank order: n\"3 6 ranks (rack 2), any 2 ranks (rack 1, speed 0.53)\n"));
}

TEST(DescribeChoice, ExplainAddsStagesFormulaRunnerUpAndWhatWouldChangeIt) {
  const std::string text = describe(sample::choice(), true);
  EXPECT_EQ(text.find(describe(sample::choice(), false)), 0U);
  EXPECT_THAT(text, HasSubstr("compute     11.0 s  89.4 %"));
  EXPECT_THAT(text,
              HasSubstr("formula: T = set-up + first + fill + max(K a, W / n, node bound) + tail"));
  EXPECT_THAT(text,
              HasSubstr("runner-up: 4 ranks on 1 node, 1 thread each; guided, at least 3 items a "
                        "chunk, 2 chunks queued a worker, the root computes too\n    15.0 s (90 %: "
                        "14.5 s to 16.0 s), +22.0 %\n"));
  EXPECT_THAT(text, HasSubstr("would change the choice\n    - more memory a node\n"));
  EXPECT_THAT(text, HasSubstr("32 items seen; rare long items cannot be excluded"));
  EXPECT_THAT(text, HasSubstr("limited by: computing"));
}

TEST(DescribeChoice, ARunnerUpThatIsAsFastIsToldWhyItIsNotTaken) {
  Choice choice = sample::choice();
  Alternative& other = *choice.plan.runner_up;
  other.total = choice.predicted.total;
  other.layout.rank_count = choice.plan.layout.ranks();
  EXPECT_THAT(describe(choice, true), HasSubstr("+0.0 %, which the model cannot tell apart\n"));
  other.total.value = other.total.value * 0.995;
  EXPECT_THAT(describe(choice, true), HasSubstr("-0.5 %, which the model cannot tell apart\n"));
  other.layout.rank_count *= 2;
  EXPECT_THAT(describe(choice, true), HasSubstr("-0.5 %, not worth its additional ranks\n"));
}

TEST(DescribeChoice, ExplanationStaysWithinFortyLines) {
  Choice choice = sample::choice();
  choice.plan.reasons.assign(100, "a reason");
  choice.plan.would_change.assign(100, "a change");
  const std::string text = describe(choice, true);
  EXPECT_LE(line_count(text), 40);
  EXPECT_THAT(text, HasSubstr("- and 92 more\n"));
}

TEST(DescribeChoice, SerialAndInfeasibleSayWhy) {
  Choice choice;
  choice.plan.reasons = {"messages cost more than items"};
  choice.predicted.total = choice.predicted.serial = {Seconds(1), Seconds(1), Seconds(1)};
  EXPECT_THAT(describe(choice, false),
              HasSubstr("serial: rank 0 alone\n  predicted 1.00 s (90 %: 1.00 s to 1.00 s)\n"));
  choice.plan.verdict = Verdict::infeasible;
  const std::string text = describe(choice, true);
  EXPECT_THAT(text, HasSubstr("infeasible: no plan meets the limits\n  because\n    - messages"));
  EXPECT_THAT(text, Not(HasSubstr("predicted")));
}

TEST(DescribeReport, ComparesPredictedWithMeasured) {
  Report report = sample::report();
  EXPECT_THAT(describe(report), HasSubstr("measured  12.5 s for 998 items\n"));
  EXPECT_THAT(describe(report), HasSubstr("stopped by SIGTERM; resume with the same journal\n"));
  EXPECT_THAT(describe(report), HasSubstr("1 item failed for good; item 7 on rank 1"));
  report.measured.stopped.reset();
  const std::string text = describe(report);
  EXPECT_THAT(text, HasSubstr("predicted 12.3 s (90 %: 11.9 s to 13.1 s)\n"));
  EXPECT_THAT(text, HasSubstr("measured  12.5 s (+1.6 % of the predicted), inside the interval\n"));
  EXPECT_THAT(text, HasSubstr("sampling and planning 310 ms, 32 items seen by then\n"));
  EXPECT_THAT(text, HasSubstr("2 of 3 ranks had items: 490 to 510 each, 20 chunks in all\n"));
  EXPECT_THAT(text,
              HasSubstr("busy 333 ms to 12.0 s a rank, mean 6.17 s (49.3 % of the total); load "
                        "imbalance 94.6 %\n"));
}

TEST(DescribeReport, SaysOnWhichSideOfTheIntervalTheTimeLies) {
  Report report = sample::report();
  report.measured.stopped.reset();
  report.measured.total = Seconds(20);
  EXPECT_THAT(describe(report), HasSubstr("above the interval"));
  EXPECT_FALSE(inside_interval(report));
  report.measured.total = Seconds(1);
  EXPECT_THAT(describe(report), HasSubstr("below the interval"));
  EXPECT_FALSE(inside_interval(report));
  report.measured.total = Seconds(13.1);
  EXPECT_TRUE(inside_interval(report));
}

TEST(DescribeReport, WorkThatIsLessThanItsSamplingIsNotCalledSlow) {
  Report report = sample::report();
  report.measured.stopped.reset();
  report.predicted.serial.value = Seconds(324e-6);
  report.predicted.items = report.measured.items + report.measured.resumed;
  const std::string text = describe(report);
  EXPECT_THAT(text, HasSubstr("rank 0 alone would need 324 us (predicted), less than sampling and "
                              "planning took\n"));
  EXPECT_THAT(text, Not(HasSubstr("times as fast")));
}

TEST(DescribeReport, OfNoItemsHasNoNaN) {
  const std::string text = describe(Report{});
  EXPECT_THAT(text, HasSubstr("no rank had an item"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
}

TEST(RelativeError, IsMeasuredOverPredictedMinusOne) {
  Report report;
  EXPECT_EQ(relative_error(report), 0);
  report.predicted.total.value = Seconds(10);
  report.measured.total = Seconds(12);
  EXPECT_DOUBLE_EQ(relative_error(report), 0.2);
}

}  // namespace
}  // namespace mpisize
