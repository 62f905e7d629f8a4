// mpisize run of a program that is linked with mpisize.

#include <csignal>
#include <nlohmann/json.hpp>

#include "command_test.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOneErrorThatSays;
using ::testing::IsSupersetOf;
using ::testing::Not;
using testing::Outcome;
using ::testing::StartsWith;
using testing::two_cores;
using testing::Words;
using Json = nlohmann::json;

const std::string square = MPISIZE_SQUARE;

class RunCommand : public testing::KernelCommandTest {
 protected:
  /// `mpisize run` of the square program on a machine of two cores, without a probe.
  [[nodiscard]] Words run_square(const Words& options, const Words& program) const {
    Words words{"run", "--topology", two_cores};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", square});
    words.insert(words.end(), program.begin(), program.end());
    return words;
  }
};

TEST_F(RunCommand, LeavesStdoutToTheProgram) {
  const Outcome o = mpisize(run_square({"--ranks", "2"}, {"--items", "100"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 338350\nranks 2\n");
  EXPECT_THAT(o.err,
              AllOf(HasSubstr("words of rank 0"), HasSubstr("mpirun"), HasSubstr("Whole program")));
}

TEST_F(RunCommand, StartsASerialProgramWithoutMpirun) {
  const Outcome o = mpisize(run_square({}, {"--items", "100"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 338350\nranks 1\n");
  EXPECT_THAT(o.err, HasSubstr("$ " + square));
}

TEST_F(RunCommand, StartsWhatTheProgramAcceptsEvenIfThePlanIsSerial) {
  const Outcome o = mpisize(run_square({"--ranks", "2,4"}, {"--items", "100"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 338350\nranks 2\n");
}

TEST_F(RunCommand, EndsWithTheStatusOfTheProgram) {
  EXPECT_EQ(mpisize(run_square({}, {"--status", "7"})).code, 7);
  EXPECT_EQ(mpisize(run_square({"--ranks", "2"}, {"--status", "7"})).code, 7);
}

TEST_F(RunCommand, EndsWith128PlusTheSignalOfTheProgram) {
  EXPECT_EQ(mpisize(run_square({}, {"--signal", std::to_string(SIGKILL)})).code, 128 + SIGKILL);
  EXPECT_EQ(mpisize(run_square({"--ranks", "2"}, {"--signal", std::to_string(SIGKILL)})).code,
            128 + SIGKILL);
}

TEST_F(RunCommand, PassesSignalsOnAndCleansUp) {
  for (const auto* const ranks : {"1", "2"}) {
    Command c = command(run_square({"--ranks", ranks}, {"--wait"}));
    c.timeout = Seconds(6);  // then SIGTERM, which the program is waiting for
    c.grace = Seconds(30);
    const auto done = run(c);
    EXPECT_TRUE(done.timed_out);
    EXPECT_FALSE(done.signal) << "the command itself goes on until the program has ended";
    EXPECT_THAT(read_file(*c.output), HasSubstr(std::string("ranks ") + ranks));
    // mpirun ends its ranks and says 1; alone, the program ends by the signal.
    EXPECT_EQ(done.exit_code(), *ranks == '1' ? 128 + SIGTERM : 1) << read_file(*c.errors);
  }
}

TEST_F(RunCommand, GivesAFileOnStdinToTheSampleAndToTheRun) {
  write_file(file("numbers"), "1 2 3 4 5 6 7 8 9 10\n");
  Command c = command({});
  c.argv = {"sh", "-c", "exec \"$@\" <\"$0\"", file("numbers").string(), MPISIZE_COMMAND};
  for (const auto& word : run_square({"--ranks", "2"}, {"--stdin"})) c.argv.push_back(word);
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 385\nranks 2\n");
}

TEST_F(RunCommand, ByAPlanPassesAPipeThrough) {
  const std::string plan = file("plan.json").string();
  ASSERT_EQ(mpisize({"plan", "--topology", two_cores, "--kernel", kernel_file(), "--ranks", "2",
                     "-o", plan})
                .code,
            0);
  PlanFile any = plan_from_json(read_file(plan), plan);
  any.name.clear();
  write_file(plan, to_json(any));
  Command c = command({});
  c.argv = {"sh", "-c",  "echo 1 2 3 | \"$0\" run --plan \"$1\" -- \"$2\" --stdin", MPISIZE_COMMAND,
            plan, square};
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 14\nranks 2\n");
}

TEST_F(RunCommand, GivesAPipeToTheSampleAndToTheRun) {
  Command c = command({});
  c.argv = {"sh", "-c", "seq 10 | \"$0\" run --topology 'core:2 pu:1' --ranks 2 -- \"$1\" --stdin",
            MPISIZE_COMMAND, square};
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 385\nranks 2\n");
  EXPECT_THAT(o.err, HasSubstr("stdin, 21 B, is kept"));
}

TEST_F(RunCommand, WritesPredictedAndMeasured) {
  const Outcome o = mpisize(
      run_square({"--quiet", "--ranks", "2", "--report", file("report.json").string()}, {}));
  ASSERT_EQ(o.code, 0) << o.err;
  const Report report = report_from_json(read_file(file("report.json")), "report");
  EXPECT_EQ(report.plan.layout.ranks(), 2);
  EXPECT_GT(report.measured.total, Seconds(0));
  EXPECT_THAT(o.err, Not(HasSubstr("mpisize")));
}

TEST_F(RunCommand, DrawsTheKernelOverRankCounts) {
  const std::string plot = file("scaling.svg").string();
  const Outcome o =
      mpisize(run_square({"--kernel", kernel_file(), "--plot", plot}, {"--items", "100"}));
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(read_file(plot), AllOf(StartsWith("<?xml"), HasSubstr("time of the call")));
  const Outcome plan = mpisize({"run", "--plan", "plan.json", "--plot", plot, "--", square});
  EXPECT_EQ(plan.code, 125);
  EXPECT_THAT(plan.err, IsOneErrorThatSays("--plot has no use with --plan"));
}

TEST_F(RunCommand, UnderDryRunPrintsTheLineAndRunsNothing) {
  const std::string plan = file("plan.json").string();
  ASSERT_EQ(mpisize({"plan", "--topology", two_cores, "--kernel", kernel_file(), "--ranks", "2",
                     "-o", plan})
                .code,
            0);
  const auto before = files_in("work");
  const Outcome o =
      mpisize({"run", "--dry-run", "--plan", plan, "--", "mpirun", "-x", "HOME", square, "a b"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(StartsWith("MPISIZE_PLAN=" + plan + " mpirun -x HOME"),
                           HasSubstr("-n 2"), EndsWith(square + " 'a b'\n")));
  EXPECT_EQ(files_in("work"), before);
}

TEST_F(RunCommand, UnderDryRunAndJsonPrintsOneObject) {
  const Outcome o = mpisize({"run", "--dry-run", "--json", "--topology", two_cores, "--kernel",
                             kernel_file(), "--", square, "x"});
  ASSERT_EQ(o.code, 0) << o.err;
  const Json json = Json::parse(o.out);
  EXPECT_EQ(json.at("schema"), "mpisize-plan");
  EXPECT_THAT(json.at("command").get<Words>(), IsSupersetOf(Words{"mpirun", square, "x"}));
  EXPECT_THAT(files_in("cache"), IsEmpty());
}

TEST_F(RunCommand, ThatCannotMeetTheLimitsExitsWith125) {
  const Outcome o = mpisize({"run", "--topology", two_cores, "--kernel", kernel_file(),
                             "--max-memory", "1M", "--", square});
  EXPECT_EQ(o.code, 125);
  EXPECT_THAT(o.err, AllOf(IsOneErrorThatSays("max_memory"), Not(HasSubstr("loosen"))));
  EXPECT_THAT(o.out, IsEmpty());
}

}  // namespace
}  // namespace mpisize
