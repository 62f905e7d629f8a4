#include "options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "errors.hpp"

namespace mpisize::tools {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Words = std::vector<std::string>;

std::string refusal(const Words& words) {
  try {
    static_cast<void>(parse(words));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

RunOptions run_options(const Words& words) { return std::get<RunOptions>(parse(words)); }

TEST(Options, LeaveTheChildsOptionsAlone) {
  const auto options =
      run_options({"run", "--max-ranks", "4", "--", "./app", "--max-ranks", "8", "-q", "--", "x"});
  EXPECT_EQ(options.planning.limits.max_ranks, 4);
  EXPECT_FALSE(options.common.quiet);
  EXPECT_THAT(options.child, ElementsAre("./app", "--max-ranks", "8", "-q", "--", "x"));
}

TEST(Options, NeedTheDashesBeforeTheChild) {
  for (const char* const command : {"run", "profile", "submit"}) {
    EXPECT_THAT(refusal({command, "./app", "-n", "8"}),
                AllOf(HasSubstr("-- is missing"), HasSubstr(command)));
    EXPECT_THAT(refusal({command, "--"}), HasSubstr("no program after --"));
  }
}

TEST(Options, AreNotGuessed) {
  EXPECT_THAT(refusal({"run", "--max-r", "4", "--", "./app"}),
              AllOf(HasSubstr("unknown option '--max-r'"), HasSubstr("mpisize run")));
  EXPECT_THAT(refusal({"plan", "--kernl", "k.json"}), HasSubstr("did you mean '--kernel'"));
  EXPECT_THAT(refusal({"plam"}), AllOf(HasSubstr("'plam'"), HasSubstr("did you mean 'plan'")));
}

TEST(Options, TakeAValueOnceAndOnlyWhereThereIsOne) {
  EXPECT_THAT(refusal({"plan", "--kernel", "a", "--kernel", "b"}), HasSubstr("twice"));
  EXPECT_THAT(refusal({"plan", "--kernel"}), HasSubstr("needs a value"));
  EXPECT_THAT(refusal({"plan", "--kernel", "k", "--json=3"}), HasSubstr("takes no value"));
  EXPECT_THAT(refusal({"plan", "--kernel", ""}), HasSubstr("--kernel"));
  EXPECT_THAT(refusal({"probe", "machine.json"}), HasSubstr("'machine.json'"));
}

TEST(Options, ReadExport) {
  const auto options = std::get<ExportOptions>(
      parse({"export", "--format", "simgrid-cfg", "--machine", "m.json", "-o", "m.cfg"}));
  EXPECT_EQ(options.format, ExportFormat::simgrid_cfg);
  EXPECT_EQ(options.machine, "m.json");
  EXPECT_EQ(options.output, "m.cfg");
  EXPECT_THAT(refusal({"export"}), HasSubstr("--format is missing"));
  EXPECT_THAT(refusal({"export", "--format", "simgrid-cfg", "--json"}),
              HasSubstr("--json is for --format loggp"));
  EXPECT_THAT(refusal({"exprot"}), HasSubstr("did you mean 'export'"));
  EXPECT_THAT(refusal({"export", "--format", "loggp", "--", "./app"}),
              HasSubstr("starts no program"));
}

TEST(Options, ReadHistory) {
  const auto history = [](const Words& words) { return std::get<HistoryOptions>(parse(words)); };
  EXPECT_EQ(history({"history"}).action, HistoryAction::list);
  EXPECT_EQ(history({"history", "--last", "3", "list"}).last, 3);
  EXPECT_EQ(history({"history", "--program", "lmp"}).program, "lmp");
  EXPECT_THAT(history({"history", "show", "3f"}).words, ElementsAre("3f"));
  const auto compare = history({"history", "compare", "app@8", "--json", "app@16"});
  EXPECT_EQ(compare.action, HistoryAction::compare);
  EXPECT_TRUE(compare.common.json);
  EXPECT_THAT(compare.words, ElementsAre("app@8", "app@16"));
  const auto remove = history({"history", "delete", "-y", "3f", "40"});
  EXPECT_EQ(remove.action, HistoryAction::remove);
  EXPECT_TRUE(remove.yes);
  EXPECT_THAT(remove.words, ElementsAre("3f", "40"));
  EXPECT_TRUE(history({"history", "delete", "--all"}).all);
}

TEST(Options, RefuseHistoryThatIsNotClear) {
  EXPECT_THAT(refusal({"history", "shwo", "3f"}), HasSubstr("did you mean 'show'"));
  EXPECT_THAT(refusal({"history", "3f9"}), AllOf(HasSubstr("'3f9'"), HasSubstr("give show")));
  EXPECT_THAT(refusal({"history", "show"}), HasSubstr("takes one id, but 0 are given"));
  EXPECT_THAT(refusal({"history", "compare", "a"}), HasSubstr("takes two, but 1 are given"));
  EXPECT_THAT(refusal({"history", "delete"}), HasSubstr("is not told what"));
  EXPECT_THAT(refusal({"history", "delete", "a", "--all"}), HasSubstr("leave all but one"));
  EXPECT_THAT(refusal({"history", "delete", "--program", "a", "--all"}),
              HasSubstr("leave all but one"));
  EXPECT_THAT(refusal({"history", "list", "a"}), HasSubstr("'a'"));
  EXPECT_THAT(refusal({"history", "--all"}), HasSubstr("--all has no use"));
  EXPECT_THAT(refusal({"history", "show", "a", "--last", "1"}), HasSubstr("--last has no use"));
  EXPECT_THAT(refusal({"history", "--last", "0"}), HasSubstr("--last '0'"));
  EXPECT_THAT(refusal({"history", "--program", ""}), HasSubstr("--program"));
  EXPECT_THAT(refusal({"history", "--", "./app"}), HasSubstr("starts no program"));
  EXPECT_THAT(refusal({"history", "--topology", "core:4"}), HasSubstr("unknown option"));
}

TEST(Options, ReadEveryPlanningOption) {
  const auto options = std::get<PlanOptions>(
      parse({"plan", "--kernel",      "k.json", "--items",         "1000",    "--ranks",
             "2^k",  "--max-ranks",   "8",      "--max-memory",    "4G",      "--deadline",
             "60s",  "--min-speedup", "1.5",    "--schedule",      "dynamic", "--chunk",
             "7",    "--queued",      "3",      "--root-computes", "no",      "--seed",
             "5",    "--topology",    "core:4", "--group",         "4",       "--rack",
             "3"}));
  EXPECT_EQ(options.kernel, "k.json");
  EXPECT_EQ(options.planning.items, 1000);
  EXPECT_EQ(options.planning.ranks->text(), "2^k");
  EXPECT_EQ(options.planning.limits.max_ranks, 8);
  EXPECT_EQ(options.planning.limits.max_memory, Bytes(std::int64_t{4} << 30));
  EXPECT_EQ(options.planning.limits.deadline, Seconds(60));
  EXPECT_EQ(options.planning.limits.min_speedup, 1.5);
  EXPECT_EQ(options.planning.forced.schedule, Schedule::dynamic);
  EXPECT_EQ(options.planning.forced.chunk, 7);
  EXPECT_EQ(options.planning.forced.queued, 3);
  EXPECT_EQ(options.planning.forced.group, 4);
  EXPECT_EQ(options.planning.forced.rack, 3);
  EXPECT_EQ(options.planning.forced.root_computes, false);
  EXPECT_EQ(options.planning.seed, 5U);
  EXPECT_EQ(options.common.topology, "core:4");
}

TEST(Options, WantAtLeastTheSpeedupOfTheLibraryUnlessTold) {
  EXPECT_EQ(run_options({"run", "--", "./app"}).planning.limits.min_speedup, 1.2);
}

TEST(Options, RefuseContradictions) {
  EXPECT_THAT(refusal({"run", "--schedule", "static", "--chunk", "5", "--", "./app"}),
              HasSubstr("contradicts"));
  EXPECT_THAT(refusal({"run", "--plan", "p", "--max-ranks", "5", "--", "./app"}),
              HasSubstr("--max-ranks"));
  EXPECT_THAT(refusal({"run", "--kernel", "k", "--sample-ranks", "5", "--", "./app"}),
              HasSubstr("--sample-ranks"));
  EXPECT_THAT(refusal({"run", "--json", "--", "./app"}), HasSubstr("--report"));
  EXPECT_THAT(refusal({"run", "--dry-run", "--report", "r", "--", "./app"}),
              HasSubstr("--dry-run"));
}

TEST(Options, OfflineFactsAreNotAskedForAgain) {
  EXPECT_THAT(refusal({"cluster", "--offline", "c.json", "--refresh"}), HasSubstr("--refresh"));
  EXPECT_THAT(refusal({"cluster", "--topology", "core:4"}), HasSubstr("--topology"));
  EXPECT_THAT(refusal({"cluster", "--", "./app"}), HasSubstr("starts no program"));
}

TEST(Options, JobOfAProbeHasOptionsOfItsOwn) {
  const auto probe = std::get<ProbeOptions>(
      parse({"probe", "--slurm", "short", "--account", "physics", "--cancel-on-interrupt"}));
  EXPECT_EQ(probe.slurm, "short");
  EXPECT_EQ(probe.account, "physics");
  EXPECT_TRUE(probe.cancel);
  EXPECT_THAT(refusal({"probe", "--slurm", "short", "--hosts", "a,b"}),
              HasSubstr("--slurm contradicts --hosts"));
  EXPECT_THAT(refusal({"probe", "--account", "physics"}), HasSubstr("--slurm PARTITION"));
}

TEST(Options, BoundTheQueue) {
  EXPECT_THAT(refusal({"run", "--queued", "33", "--", "./app"}),
              AllOf(HasSubstr("'33'"), HasSubstr("1 to 32")));
}

TEST(Options, HelpHasAnExampleForEveryCommand) {
  for (const std::string command : {"probe", "profile", "plan", "run", "submit", "history"}) {
    const auto answer = std::get<Answer>(parse({command, "--help"}));
    EXPECT_THAT(answer.text, AllOf(HasSubstr("Usage: mpisize " + command),
                                   HasSubstr("Examples:\n  mpisize " + command)));
  }
  EXPECT_THAT(std::get<Answer>(parse({"--help"})).text, HasSubstr("mpisize run -- ./app"));
  EXPECT_THAT(std::get<Answer>(parse({"run", "--version"})).text, HasSubstr("mpisize "));
}

TEST(Options, JsonIsSeenEvenWhereTheRestIsWrong) {
  EXPECT_TRUE(wants_json({"plan", "--bogus", "--json"}));
  EXPECT_FALSE(wants_json({"run", "--", "./app", "--json"}));
}

}  // namespace
}  // namespace mpisize::tools
