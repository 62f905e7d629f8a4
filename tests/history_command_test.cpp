// mpisize history, end to end: what it prints where, its exit codes, and what it leaves behind.

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_test.hpp"
#include "history_keeper.hpp"
#include "history_values.hpp"
#include "mpisize/measure/history.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::joined;
using ::testing::Not;
using testing::Outcome;
using ::testing::StartsWith;
using testing::Words;
using Json = nlohmann::json;

class HistoryCommand : public testing::CommandTest {
 protected:
  [[nodiscard]] fs::path data() const { return folder("data"); }
  [[nodiscard]] fs::path history() const { return data() / "mpisize" / "history"; }

  [[nodiscard]] Outcome mpisize(const Words& arguments) const {
    std::map<std::string, std::string> environment;
    if (!path_.empty()) environment["PATH"] = path_;
    return CommandTest::mpisize(joined({"history"}, arguments), environment);
  }

  /// Keeps a run on 2024-05-01, one minute after the last; its id.
  std::string add(HistoryEntry entry) {
    constexpr int first = 10;
    entry.time = "2024-05-01T12:" + std::to_string(first + minute_++) + ":00Z";
    return keep(history(), std::move(entry)).id.value();
  }
  std::string add(const std::string& program, int ranks, double wall) {
    return add(sample::whole_run(program, ranks, Seconds(wall)));
  }

  /// Answers the question of a command that has a terminal for stdin; its exit code.
  [[nodiscard]] int on_terminal(const Words& arguments, const std::string& answer) const {
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
      std::vector<std::string> words{MPISIZE_COMMAND, "history"};
      words.insert(words.end(), arguments.begin(), arguments.end());
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      setenv("XDG_DATA_HOME", data().c_str(), 1);
      execv(MPISIZE_COMMAND, argv.data());
      _exit(127);
    }
    EXPECT_EQ(::write(terminal, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    std::array<char, 256> block{};
    // The terminal gives EIO when the last process that has it is gone.
    while (read(terminal, block.data(), block.size()) > 0) {
    }
    int status = 0;
    waitpid(child, &status, 0);
    close(terminal);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::size_t left() const { return history_files(history()).size(); }

  std::string path_;  ///< PATH of the command; empty: as it is.

 private:
  int minute_ = 0;
};

TEST_F(HistoryCommand, OfNothingIsNoErrorAndMakesNothing) {
  const auto listed = mpisize({});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_EQ(listed.out, "no runs in the history\n");
  EXPECT_EQ(listed.err, "");
  EXPECT_EQ(Json::parse(mpisize({"--json"}).out)["entries"], Json::array());
  EXPECT_EQ(mpisize({"delete", "--all"}).out, "nothing deleted\n");
  EXPECT_FALSE(fs::exists(data()));
}

TEST_F(HistoryCommand, ListsTheNewestFirstAndFilters) {
  const auto first = add("app", 4, 10);
  const auto second = add("other", 4, 10);
  const auto third = add("app_big", 4, 10);
  const auto ids = [&](const Words& arguments) {
    Words words{"--json"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    Words found;
    const Json json = Json::parse(mpisize(words).out);
    for (const auto& entry : json["entries"]) {
      found.push_back(entry["id"]);
    }
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre(third, second, first));
  EXPECT_THAT(ids({"list"}), ElementsAre(third, second, first));
  EXPECT_THAT(ids({"--last", "2"}), ElementsAre(third, second));
  EXPECT_THAT(ids({"--program", "app"}), ElementsAre(third, first));
  EXPECT_THAT(ids({"--program", "/opt/app"}), ElementsAre(third, first));
  EXPECT_THAT(ids({"--program", "app", "--last", "1"}), ElementsAre(third));
  EXPECT_THAT(ids({"--program", "opt"}), IsEmpty());
  const std::string text = mpisize({}).out;
  EXPECT_LT(text.find(third), text.find(second));
  EXPECT_LT(text.find(second), text.find(first));
}

TEST_F(HistoryCommand, NamesDamageAndGoesOn) {
  const auto good = add("app", 4, 10);
  write_file(history() / "20240501T120000Z-00000000aa.json", "{\"schema\": ");
  const auto listed = mpisize({});
  EXPECT_EQ(listed.code, 0);
  EXPECT_THAT(listed.out, HasSubstr(good));
  EXPECT_THAT(listed.err,
              AllOf(StartsWith("mpisize: warning: history entry 00000000aa: not JSON at line 1"),
                    HasSubstr("delete it with: mpisize history delete 00000000aa\n")));
  EXPECT_EQ(mpisize({"--quiet"}).err, "");
  const Json json = Json::parse(mpisize({"--json"}).out);
  EXPECT_EQ(json["damaged"].size(), 1U);
  const auto shown = mpisize({"show", "00000000aa"});
  EXPECT_EQ(shown.code, 4);
  EXPECT_EQ(shown.out, "");
  // The repair that it names works.
  EXPECT_EQ(mpisize({"delete", "00000000aa"}).out, "deleted 1 entry\n");
  EXPECT_EQ(mpisize({}).err, "");
}

TEST_F(HistoryCommand, ShowsByTheBeginningOfTheId) {
  HistoryEntry entry = sample::history_entry();
  entry.seen->steady.reset();
  const auto id = add(entry);
  const auto shown = mpisize({"show", id.substr(0, 6)});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(StartsWith("history entry " + id), HasSubstr("MPI_Allreduce"),
                               HasSubstr("over 3 ranks")));
  const auto json = mpisize({"show", "--json", id});
  const HistoryEntry read = history_entry_from_json(json.out, "stdout");
  EXPECT_EQ(read.seen, entry.seen);
  EXPECT_EQ(read.id, id);
}

TEST_F(HistoryCommand, RefusesAnIdThatIsNotUnique) {
  for (const char* const id : {"aa11111111", "aa22222222"}) {
    fs::create_directories(history());
    write_file(history() / (std::string("20240501T120000Z-") + id + ".json"), "");
  }
  for (const char* const verb : {"show", "delete"}) {
    const auto refused = mpisize({verb, "aa"});
    EXPECT_EQ(refused.code, 4);
    EXPECT_THAT(refused.err, HasSubstr("'aa' is the beginning of 2 ids"));
  }
  EXPECT_EQ(mpisize({"show", "bb"}).code, 4);
  EXPECT_EQ(left(), 2U);
}

TEST_F(HistoryCommand, ComparesGroupsAgainstTheirNoise) {
  for (const double wall : {10.0, 10.1, 9.9, 10.05}) add("app", 8, wall);
  for (const double wall : {6.0, 6.05, 5.97}) add("app", 16, wall);
  const auto compared = mpisize({"compare", "app@8", "app@16"});
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_EQ(compared.err, "");
  EXPECT_THAT(compared.out, AllOf(HasSubstr("4 runs  median 10.0 s"),
                                  HasSubstr("2 sets of repetitions, 7 runs in all"),
                                  HasSubstr("app@16 takes 0.599 of the time of app@8 (-40.1 %): "
                                            "outside the noise band, faster")));
  const Json json = Json::parse(mpisize({"compare", "--json", "/opt/app@8", "app@16"}).out);
  EXPECT_EQ(json["difference"], "faster");
  EXPECT_EQ(json["noise"]["runs"], 7);
}

TEST_F(HistoryCommand, ComparesSingleRunsAgainstOtherRepetitions) {
  const auto one = add("app", 8, 10);
  const auto two = add("app", 8, 10.1);
  const auto alone = mpisize({"compare", one, two});
  EXPECT_THAT(alone.out, HasSubstr("noise band not known"));
  for (const double wall : {10.0, 10.2, 9.9}) add("app", 8, wall);
  EXPECT_THAT(mpisize({"compare", one, two}).out, HasSubstr(": within the noise band"));
  const auto third = add("app", 8, 14);
  EXPECT_THAT(mpisize({"compare", one, third}).out, HasSubstr("outside the noise band, slower"));
}

TEST_F(HistoryCommand, SaysWhatIsNotAlike) {
  add("app", 8, 10);
  HistoryEntry rebuilt = sample::whole_run("app", 8, Seconds(9));
  rebuilt.program.hash = "ff";
  const auto id = add(rebuilt);
  const auto other = add("other", 8, 9);
  const auto grouped = mpisize({"compare", "app@8", other});
  EXPECT_THAT(grouped.err, AllOf(HasSubstr("app@8: one run with other arguments, builds"),
                                 HasSubstr("these are different programs")));
  EXPECT_THAT(mpisize({"compare", "app@8", id}).err, HasSubstr("is on both sides"));
}

TEST_F(HistoryCommand, RefusesToCompareWhatHasNoTime) {
  const auto good = add("app", 8, 10);
  HistoryEntry failed = sample::whole_run("app", 8, Seconds(9));
  failed.ending.status = 1;
  const auto bad = add(failed);
  HistoryEntry cut = sample::history_entry();
  cut.slurm.reset();
  const auto rate = add(cut);
  EXPECT_THAT(mpisize({"compare", good, bad}).err, HasSubstr("did not run to a good end"));
  EXPECT_THAT(mpisize({"compare", good, rate}).err,
              HasSubstr("one repetition of MPI_Allreduce on all ranks; compare two of a kind"));
  const auto none = mpisize({"compare", good, "app@9"});
  EXPECT_EQ(none.code, 4);
  EXPECT_THAT(none.err, HasSubstr("no run of 'app' on 9 ranks"));
  EXPECT_EQ(mpisize({"compare", good, "app@x"}).code, 2);
}

TEST_F(HistoryCommand, DeletesIdsProgramsAndAll) {
  const auto first = add("app", 8, 10);
  const auto second = add("app", 8, 10);
  add("other", 8, 10);
  add("third", 8, 10);
  // One that cannot be found: nothing is deleted.
  EXPECT_EQ(mpisize({"delete", first, "ffffffffff0"}).code, 4);
  EXPECT_EQ(left(), 4U);
  EXPECT_EQ(mpisize({"delete", first, first}).out, "deleted 1 entry\n");
  const auto unasked = mpisize({"delete", "--program", "app"});
  EXPECT_EQ(unasked.code, 2);
  EXPECT_THAT(unasked.err, HasSubstr("1 entry would be deleted and there is no terminal to ask"));
  EXPECT_EQ(left(), 3U);
  const Json json = Json::parse(mpisize({"delete", "--program", "app", "--yes", "--json"}).out);
  EXPECT_EQ(json["ids"], Json::array({second}));
  EXPECT_EQ(mpisize({"delete", "--program", "app", "--yes"}).code, 4);
  EXPECT_EQ(mpisize({"delete", "--all", "--yes"}).out, "deleted 2 entries\n");
  EXPECT_EQ(left(), 0U);
}

TEST_F(HistoryCommand, AsksOnATerminal) {
  add("app", 8, 10);
  const auto id = add("app", 8, 10);
  EXPECT_EQ(on_terminal({"delete", "--all"}, "n\n"), 0);
  EXPECT_EQ(on_terminal({"delete", "--all"}, "\n"), 0);
  EXPECT_EQ(on_terminal({"delete", id}, "no\n"), 0);
  EXPECT_EQ(left(), 2U);
  EXPECT_EQ(on_terminal({"delete", id}, "y\n"), 0);
  EXPECT_EQ(left(), 1U);
  EXPECT_EQ(on_terminal({"delete", "--all", "--quiet"}, "y\n"), 0);
  EXPECT_EQ(left(), 0U);
}

TEST(HistoryKeeper, TellsOnceWhyNothingIsKept) {
  const testing::TemporaryDirectory directory;
  const auto file = directory.write("file", "text");
  tools::HistoryKeeper keeper(tools::Talk{}, file);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(keeper.keep(sample::whole_run("app", 4, Seconds(1))), std::nullopt);
  }
  const std::string told = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, StartsWith("mpisize: warning: this run is not kept in the history: "));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1);
  EXPECT_THAT(keeper.runs_of(Program{}, ""), IsEmpty());
}

TEST(HistoryKeeper, FindsWhatItKept) {
  const testing::TemporaryDirectory directory;
  tools::HistoryKeeper keeper(tools::Talk{}, directory.path());
  const HistoryEntry entry = sample::whole_run("app", 4, Seconds(1));
  const auto id = keeper.keep(entry);
  const auto runs = keeper.runs_of(entry.program, entry.machine);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs.front().id, id);
}

/// An entry of a job that was sent, and a stand-in for sacct that says all jobs took 90 s and
/// counts how often it is asked.
TEST_F(HistoryCommand, SyncAsksOnceForAllJobs) {
  constexpr int jobs = 500;
  for (int i = 1; i <= jobs; ++i) {
    HistoryEntry entry = sample::whole_run("app", 4, Seconds(1));
    entry.seen.reset();
    entry.ending = {};
    entry.slurm = SlurmFacts();
    entry.slurm->job_id = std::to_string(i);
    static_cast<void>(keep(history(), entry));
  }
  const fs::path bin = folder("work") / "bin";
  fs::create_directory(bin);
  write_file(
      bin / "sacct",
      "#!/bin/sh\n"
      "echo asked >>\"$0.calls\"\n"
      "for word; do case $word in --jobs=*) jobs=${word#--jobs=} ;; esac; done\n"
      "IFS=,\n"
      "for job in $jobs; do echo \"$job|COMPLETED|0:0|90|1|n1||cpu=4,mem=1G,node=1|5|\"; done\n");
  fs::permissions(bin / "sacct", fs::perms::owner_all);
  path_ = bin.string() + ":" + std::getenv("PATH");
  const Outcome first = mpisize({"sync", "--json"});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(Json::parse(first.out)["entries"].size(), jobs);
  EXPECT_EQ(read_file(bin / "sacct.calls"), "asked\n");
  for (const HistoryEntry& entry : read_history(history()).entries) {
    EXPECT_EQ(entry.seen.value().wall, Seconds(90));
    EXPECT_EQ(entry.slurm->state, "COMPLETED");
  }
  const Outcome again = mpisize({"sync", "--json"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(Json::parse(again.out)["entries"].empty());
  EXPECT_EQ(read_file(bin / "sacct.calls"), "asked\n") << "there was nothing to ask";
}

TEST_F(HistoryCommand, SyncLeavesAJobThatSlurmForgotAsItIs) {
  HistoryEntry entry = sample::whole_run("app", 4, Seconds(1));
  entry.seen.reset();
  entry.slurm = SlurmFacts();
  entry.slurm->job_id = "99";
  static_cast<void>(keep(history(), entry));
  const fs::path bin = folder("work") / "bin";
  fs::create_directory(bin);
  write_file(bin / "sacct", "#!/bin/sh\n");
  fs::permissions(bin / "sacct", fs::perms::owner_all);
  path_ = bin.string() + ":" + std::getenv("PATH");
  const Outcome o = mpisize({"sync"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.err, HasSubstr("Slurm does not know job 99 any more"));
  EXPECT_FALSE(read_history(history()).entries.at(0).seen);
}

}  // namespace
}  // namespace mpisize
