#include "mpisize/measure/launch_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

std::vector<LaunchTime> launches(double fixed, double per_rank, const std::vector<int>& ranks) {
  std::vector<LaunchTime> times;
  for (const int n : ranks) times.push_back({n, Seconds(fixed + per_rank * n)});
  return times;
}

/// An mpirun of our own.
std::string fake_mpirun(const TemporaryDirectory& directory, const std::string& script) {
  const auto path = directory.write("mpirun", "#!/bin/sh\n" + script);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path.string();
}

template <class Error, class Action>
std::string words_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(FitLaunch, FixedAndPerRankPartsAreToldApart) {
  const Launch launch = fit_launch(launches(0.3, 0.02, {1, 2, 4, 1, 2, 4, 1, 2, 4}));
  EXPECT_NEAR(launch.fixed.value.value(), 0.3, 1e-9);
  EXPECT_NEAR(launch.per_rank.value.value(), 0.02, 1e-9);
  EXPECT_EQ(launch.fixed.source, Source::measured);
  EXPECT_EQ(launch.per_rank.source, Source::measured);
}

TEST(FitLaunch, OneNodeShowsNothingOfTheCostPerNode) {
  EXPECT_EQ(fit_launch(launches(0.3, 0.02, {1, 2})).per_node, Launch{}.per_node);
}

TEST(FitLaunch, IntervalsHoldTheValues) {
  auto times = launches(0.3, 0.02, {1, 2, 4, 1, 2, 4, 1, 2, 4});
  times[1].time += Seconds(0.1);
  times[5].time += Seconds(0.05);
  const Launch launch = fit_launch(times);
  for (const auto& part : {launch.fixed, launch.per_rank}) {
    EXPECT_LT(part.low, part.value);
    EXPECT_GT(part.high, part.value);
    EXPECT_GE(part.low, Seconds(0));
  }
}

TEST(FitLaunch, OneSlowLaunchOfSeveralChangesNothing) {
  auto times = launches(0.3, 0.02, {1, 4, 1, 4, 1, 4});
  times[3].time += Seconds(5);
  const Launch launch = fit_launch(times);
  EXPECT_NEAR(launch.fixed.value.value(), 0.3, 1e-9);
  EXPECT_NEAR(launch.per_rank.value.value(), 0.02, 1e-9);
}

TEST(FitLaunch, NoisyTimesGiveNoNegativePart) {
  const Launch falling = fit_launch(std::vector<LaunchTime>{{1, Seconds(0.5)}, {4, Seconds(0.3)}});
  EXPECT_EQ(falling.per_rank.value, Seconds(0));
  EXPECT_NEAR(falling.fixed.value.value(), 0.4, 1e-9);
  const Launch steep = fit_launch(std::vector<LaunchTime>{{1, Seconds(0.1)}, {4, Seconds(1)}});
  EXPECT_EQ(steep.fixed.value, Seconds(0));
  EXPECT_GT(steep.per_rank.value, Seconds(0));
}

TEST(FitLaunch, OneRankCountLeavesThePartPerRankAssumed) {
  const Launch launch = fit_launch(launches(0.3, 0.02, {2, 2, 2}));
  EXPECT_EQ(launch.per_rank, Launch{}.per_rank);
  EXPECT_NEAR((launch.fixed.value + 2 * launch.per_rank.value).value(), 0.34, 1e-9);
}

TEST(FitLaunch, NoLaunchIsRefused) {
  EXPECT_THROW(static_cast<void>(fit_launch({})), std::invalid_argument);
}

TEST(ProbeLaunch, RankCountsTakeTurnsAfterOneWarmUp) {
  const TemporaryDirectory directory;
  const auto log = directory.path() / "log";
  const std::string mpirun = fake_mpirun(directory, "echo \"$@\" >> " + log.string() + "\n");
  const std::vector<std::string> command{mpirun, "--oversubscribe"};
  static_cast<void>(probe_launch(command, "empty", {1, 3}, Seconds(20)));
  const std::string round = "--oversubscribe -n 1 empty\n--oversubscribe -n 3 empty\n";
  const std::string text = read_file(log);
  EXPECT_THAT(text, ::testing::StartsWith("--oversubscribe -n 1 empty\n" + round + round));
}

TEST(ProbeLaunch, OneRoundIsDoneWhateverTheBudget) {
  const TemporaryDirectory directory;
  const auto log = directory.path() / "log";
  const std::string mpirun = fake_mpirun(directory, "echo >> " + log.string() + "\n");
  const Launch launch = probe_launch(std::vector<std::string>{mpirun}, "empty", {1, 2}, Seconds(0));
  EXPECT_EQ(read_file(log), "\n\n\n");
  EXPECT_EQ(launch.fixed.source, Source::measured);
}

TEST(ProbeLaunch, MissingMpirunIsAStartError) {
  const std::vector<std::string> command{"mpisize-no-such-mpirun"};
  EXPECT_THAT(words_of<StartError>(
                  [&] { static_cast<void>(probe_launch(command, "empty", {1}, Seconds(1))); }),
              HasSubstr("mpisize-no-such-mpirun"));
}

TEST(ProbeLaunch, FailureComesWithTheWordsOfMpirun) {
  const TemporaryDirectory directory;
  const std::string mpirun = fake_mpirun(directory, "echo 'no such interconnect' >&2; exit 1\n");
  EXPECT_THAT(
      words_of<InputError>([&] {
        static_cast<void>(probe_launch(std::vector<std::string>{mpirun}, "empty", {1}, Seconds(1)));
      }),
      HasSubstr("\"no such interconnect\""));
}

TEST(ExplainMpirun, RefusalOfRootComesWithTheRepair) {
  const std::string text = std::string(74, '-') +
                           "\nmpirun has detected an attempt to run as root.\n\n"
                           "Running as root is *strongly* discouraged ...\n";
  EXPECT_THAT(explain_mpirun(text),
              AllOf(HasSubstr("\"mpirun has detected an attempt to run as root\""),
                    HasSubstr("another user"), HasSubstr("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")));
}

TEST(ExplainMpirun, MissingSlotsComeWithTheRepair) {
  EXPECT_THAT(explain_mpirun("-----\nThere are not enough slots available in the system\n"),
              HasSubstr("--oversubscribe"));
}

TEST(ExplainMpirun, UnknownWordsAreQuotedAsOneSentence) {
  const std::string sentence = explain_mpirun("\n----\nFirst line.\nSecond line.\n");
  EXPECT_THAT(sentence, HasSubstr("\"First line\""));
  EXPECT_EQ(sentence.find('\n'), std::string::npos);
}

TEST(ExplainMpirun, WarningsAreNotTheReason) {
  const std::string warning =
      "-----\nWARNING: An invalid value was given for oob_tcp_if_include.  This\nvalue will be "
      "ignored.\n\n  Local host: n4\n-----\n";
  EXPECT_THAT(explain_mpirun(warning + "-----\nORTE was unable to start.\n"),
              HasSubstr("\"ORTE was unable to start\""));
  EXPECT_THAT(
      explain_mpirun(warning +
                     "-----\nA process or daemon was unable to complete a TCP connection\nto "
                     "another process:\n"),
      HasSubstr("unable to complete a TCP connection\"; look at the network between the hosts"));
}

TEST(ExplainMpirun, SilenceIsSaid) { EXPECT_THAT(explain_mpirun(""), HasSubstr("without a word")); }

}  // namespace
}  // namespace mpisize
