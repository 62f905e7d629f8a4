// Whole programs, end to end: sampled, sized, started, remembered.

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
using testing::joined;
using ::testing::Not;
using testing::Outcome;
using testing::Words;
using Json = nlohmann::json;

std::string program(const std::string& name) { return fs::path(MPISIZE_TEST_PROGRAMS) / name; }

class ProgramCommand : public testing::CommandTest {
 protected:
  /// Ranks that wait leave the cores to those that compute.
  [[nodiscard]] Outcome mpisize(const Words& arguments) const {
    return CommandTest::mpisize(arguments, {{"OMPI_MCA_mpi_yield_when_idle", "1"}});
  }

  /// Of a machine with two cores whose costs are assumed: nothing is probed.
  [[nodiscard]] Outcome on_two_cores(const std::string& what, const Words& options,
                                     const Words& child) const {
    const Words machine{what, "--topology", "core:2 pu:1"};
    return mpisize(joined(joined(joined(machine, options), {"--"}), child));
  }

  [[nodiscard]] Json history() const {
    return Json::parse(mpisize({"history", "--json"}).out).at("entries");
  }
};

const Words short_stencil{"--work", "0.6", "--steps", "6"};

Words with(const std::string& name, const Words& arguments) {
  return joined({program(name)}, arguments);
}

TEST_F(ProgramCommand, IsSizedStartedAndRemembered) {
  const std::string report = file("report.json").string();
  const std::string plot = file("scaling.svg").string();
  const Outcome done =
      on_two_cores("run", {"--report", report, "--plot", plot}, with("stencil", short_stencil));
  EXPECT_EQ(done.code, 0) << done.err;
  // Its own output once, from the run that counts.
  EXPECT_EQ(Json::parse(done.out).at("program"), "stencil");
  EXPECT_THAT(done.err, AllOf(HasSubstr("is not known to be linked"), HasSubstr("Predicted")));
  const Json entries = history();
  ASSERT_GE(entries.size(), 3U);
  EXPECT_EQ(entries.front().at("kind"), "run");
  EXPECT_TRUE(entries.front().contains("predicted"));
  // What is reported is what is kept.
  const HistoryEntry told = history_entry_from_json(read_file(report), report);
  EXPECT_EQ(told.id, entries.front().at("id"));
  EXPECT_TRUE(told.predicted);
  EXPECT_TRUE(told.seen);
  EXPECT_THAT(read_file(plot), AllOf(HasSubstr("stencil on "), HasSubstr(">measured<"),
                                     HasSubstr("time of the program"), HasSubstr("chosen: ")));
  for (std::size_t i = 1; i < entries.size(); ++i) EXPECT_EQ(entries[i].at("kind"), "sample");
  int counters = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder("data"))) {
    counters += entry.path().extension() == ".h5" ? 1 : 0;
  }
  EXPECT_EQ(counters, MPISIZE_TEST_HDF5);
}

TEST_F(ProgramCommand, ExitStatusIsTheProgramsOwn) {
  const Outcome done =
      on_two_cores("run", {"--program", file("none.json").string()}, with("exits", {}));
  EXPECT_EQ(done.code, 125);
  EXPECT_THAT(done.err, HasSubstr("none.json"));
}

TEST_F(ProgramCommand, ProfileAndPlanAreTheTwoHalvesOfIt) {
  const std::string runs = file("runs.json").string();
  const Outcome profiled =
      on_two_cores("profile", {"-n", "1,2", "-o", runs}, with("stencil", short_stencil));
  ASSERT_EQ(profiled.code, 0) << profiled.err;
  EXPECT_THAT(profiled.out, HasSubstr("computing"));
  const ProgramFile kept = program_file_from_json(read_file(runs), runs);
  ASSERT_GE(kept.runs.size(), 2U);
  for (const ProgramRun& run : kept.runs) {
    EXPECT_EQ(run.by_rank.size(), static_cast<std::size_t>(run.ranks));
  }
  const Outcome planned =
      mpisize({"plan", "--topology", "core:2 pu:1", "--program", runs, "--json"});
  ASSERT_EQ(planned.code, 0) << planned.err;
  const Json plan = Json::parse(planned.out);
  EXPECT_EQ(plan.at("schema"), "mpisize-program-plan");
  EXPECT_EQ(plan.at("candidates").size(), 2U);
  const std::string plot = file("scaling.svg").string();
  ASSERT_EQ(mpisize({"plan", "--topology", "core:2 pu:1", "--program", runs, "--plot", plot}).code,
            0);
  EXPECT_THAT(read_file(plot), HasSubstr("predicted by mpisize from"));
  const Outcome dry = on_two_cores("run", {"--program", runs, "--dry-run", "--ranks", "2"},
                                   with("stencil", short_stencil));
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_THAT(dry.out, AllOf(HasSubstr("mpirun -n 2"), Not(HasSubstr("checksum"))));
}

TEST_F(ProgramCommand, ThatNeverCallsMpiIsStartedAsItIs) {
  const Outcome done = on_two_cores("run", {}, {"sh", "-c", "echo said; exit 0"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "said\n");
  EXPECT_THAT(done.err, HasSubstr("never calls MPI_Init"));
}

TEST_F(ProgramCommand, ThatFailsOnOneRankCountIsSizedByTheOthers) {
  Words arguments = short_stencil;
  arguments.insert(arguments.end(), {"--fail-at-ranks", "2"});
  const Outcome done = on_two_cores("run", {"--sample-ranks", "1,2"}, with("stencil", arguments));
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err, AllOf(HasSubstr("on 2 ranks it ended with status 3"),
                              HasSubstr("that run is left out")));
  EXPECT_EQ(Json::parse(done.out).at("ranks"), 1);
}

TEST_F(ProgramCommand, ThatTakesPowersOfTwoAloneIsNotStartedOnOthers) {
  // On six cores, which are not all there: its computing is emulated by sleep. Nobody says --ranks.
  const Words program = with("stencil", {"--work", "1.2", "--steps", "6", "--ranks-of", "2"});
  const Outcome done = mpisize(
      joined({"run", "--topology", "core:6 pu:1", "--", "mpirun", "--oversubscribe"}, program));
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.err,
              AllOf(HasSubstr("it fails on 6, 3 ranks, so powers of two alone are weighed"),
                    HasSubstr("--ranks says which it accepts")));
  EXPECT_THAT(Json::parse(done.out).at("ranks"), ::testing::AnyOf(1, 2, 4));
  // Each count is found to fail once.
  int failed = 0;
  for (const Json& entry : history())
    failed += entry.at("kind") == "sample" && entry.at("ending").value("status", 1) != 0 ? 1 : 0;
  EXPECT_EQ(failed, 2);
}

TEST_F(ProgramCommand, ThatFailsInEverySampleIsNotStarted) {
  const Outcome done = on_two_cores("run", {}, with("exits", {"--exit", "3"}));
  EXPECT_EQ(done.code, 3) << done.err;
  EXPECT_THAT(done.out, IsEmpty());
  EXPECT_THAT(done.err, HasSubstr("failed in every sample, so nothing further is started"));
}

TEST_F(ProgramCommand, ThatHangsIsEndedByTheBudget) {
  Words arguments = short_stencil;
  arguments.insert(arguments.end(), {"--hang-at-ranks", "2"});
  const Outcome done = on_two_cores("run", {"--sample-ranks", "2", "--sample-budget", "4s"},
                                    with("stencil", arguments));
  EXPECT_EQ(done.code, 125) << done.err;
  EXPECT_THAT(done.err,
              AllOf(HasSubstr("no end and no steady rate"), HasSubstr("--sample-budget")));
}

TEST_F(ProgramCommand, ThatIsTooLongIsSizedFromItsRate) {
  const std::string runs = file("runs.json").string();
  // An hour on one rank.
  const Outcome done =
      on_two_cores("profile", {"-n", "1,2", "--sample-budget", "20s", "-o", runs},
                   with("iterate", {"--work", "3600", "--steps", "36000", "--startup", "0.3"}));
  ASSERT_EQ(done.code, 0) << done.err;
  const ProgramFile kept = program_file_from_json(read_file(runs), runs);
  ASSERT_FALSE(kept.runs.empty());
  for (const ProgramRun& run : kept.runs) {
    ASSERT_TRUE(run.steady);
    EXPECT_EQ(run.steady->pattern, "MPI_Allreduce on all ranks");
    EXPECT_GE(run.steady->repetitions, 12);
  }
  const Outcome planned =
      mpisize({"plan", "--topology", "core:2 pu:1", "--program", runs, "--json"});
  ASSERT_EQ(planned.code, 0) << planned.err;
  EXPECT_TRUE(
      Json::parse(planned.out).at("chosen").at("predicted").at("per_repetition").get<bool>());
}

TEST_F(ProgramCommand, ThreadsThatItStartsAreSeen) {
  const std::string runs = file("runs.json").string();
  const Outcome done = on_two_cores("profile", {"-n", "1,2", "-o", runs},
                                    with("threaded", {"--iterations", "20000000"}));
  ASSERT_EQ(done.code, 0) << done.err;
  const ProgramFile kept = program_file_from_json(read_file(runs), runs);
  EXPECT_EQ(kept.threads, (std::vector<int>{1, 2}));
}

TEST_F(ProgramCommand, SamplesWithOtherArgumentsRunInFoldersOfTheirOwn) {
  const std::string runs = file("runs.json").string();
  const Outcome done = on_two_cores("profile",
                                    {"-n", "1", "-o", runs, "--sample-args", "--work 0.2 --steps 4",
                                     "--sample-dir", file("samples").string()},
                                    with("stencil", {"--work", "1000"}));
  ASSERT_EQ(done.code, 0) << done.err;
  const ProgramFile kept = program_file_from_json(read_file(runs), runs);
  EXPECT_EQ(kept.program.arguments, (Words{"--work", "0.2", "--steps", "4"}));
  EXPECT_TRUE(fs::exists(file("samples") / "1x1-1" / "work"));
  EXPECT_THAT(read_file(file("samples") / "1x1-1" / "stdout"), HasSubstr("stencil"));
}

TEST_F(ProgramCommand, ChosenPlanIsValidatedAgainstTheNextBest) {
  const std::string runs = file("runs.json").string();
  ASSERT_EQ(on_two_cores("profile", {"-n", "1,2", "-o", runs}, with("stencil", short_stencil)).code,
            0);
  const Outcome done = on_two_cores("validate", {"--program", runs, "--rounds", "2", "--json"},
                                    with("stencil", short_stencil));
  ASSERT_EQ(done.code, 0) << done.err;
  const Json answer = Json::parse(done.out);
  ASSERT_EQ(answer.at("plans").size(), 2U);
  EXPECT_TRUE(answer.at("plans")[0].contains("predicted"));
  EXPECT_EQ(answer.at("plans")[0].at("times").size(), 2U);
  EXPECT_GE(answer.at("regret").get<double>(), 0);
}

TEST_F(ProgramCommand, GivenPlansAreRunSideBySide) {
  const Outcome done = on_two_cores("compare", {"--plans", "1,2,1x2", "--rounds", "1"},
                                    with("stencil", {"--work", "0.1", "--steps", "2"}));
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out,
              AllOf(HasSubstr("1 rank x 2 threads"), HasSubstr("run each more than once")));
  const Outcome wrong = on_two_cores("compare", {"--plans", "2xx"}, with("stencil", {}));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--plans"));
}

TEST_F(ProgramCommand, WishesOfCallsAreRefused) {
  const Outcome done =
      on_two_cores("run", {"--chunk", "4", "--sample-ranks", "1"}, with("stencil", short_stencil));
  EXPECT_EQ(done.code, 125);
  EXPECT_THAT(done.err, HasSubstr("--chunk is for programs linked with mpisize"));
}

TEST_F(ProgramCommand, CostNeedsAPrice) {
  const Outcome done = on_two_cores("run", {"--goal", "cost"}, with("stencil", short_stencil));
  EXPECT_EQ(done.code, 125);
  EXPECT_THAT(done.err, HasSubstr("--price"));
}

}  // namespace
}  // namespace mpisize
