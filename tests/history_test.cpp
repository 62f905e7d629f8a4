#include "mpisize/measure/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "child.hpp"
#include "history_values.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/json.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::TemporaryDirectory;

template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// Keeps a run at a time of the clock on one day; its id.
std::string keep_at(const fs::path& directory, const std::string& clock,
                    const std::string& program = "app") {
  HistoryEntry entry = sample::whole_run(program, 4, Seconds(12));
  entry.time = "2024-05-01T" + clock + "Z";
  return keep(directory, entry).id.value();
}

std::vector<std::string> ids_of(const std::vector<HistoryEntry>& entries) {
  std::vector<std::string> ids;
  for (const HistoryEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

/// A file with the name of an entry, and anything in it.
std::string write_as_entry(const TemporaryDirectory& directory, const std::string& text) {
  directory.write("20240501T120000Z-00000000aa.json", text);
  return "00000000aa";
}

TEST(HistoryDirectory, IsUnderXdgDataHomeElseUnderHome) {
  const TemporaryDirectory home;
  const std::string place = home.path().string();
  EXPECT_EQ(history_directory("/data", place), "/data/mpisize/history");
  EXPECT_EQ(history_directory("", place), home.path() / ".local/share/mpisize/history");
  EXPECT_EQ(history_directory("relative", place), home.path() / ".local/share/mpisize/history");
  EXPECT_EQ(history_directory("", place + "/nobody"), std::nullopt);
  EXPECT_EQ(history_directory("", ""), std::nullopt);
  EXPECT_TRUE(fs::is_empty(home.path()));
}

TEST(History, WhatIsKeptIsRead) {
  const TemporaryDirectory directory;
  HistoryEntry entry = sample::history_entry();
  const Kept kept = keep(directory.path() / "deep" / "history", entry);
  ASSERT_TRUE(kept.id) << kept.reason;
  entry.id = *kept.id;
  EXPECT_THAT(read_history(directory.path() / "deep" / "history").entries, ElementsAre(entry));
}

TEST(History, IsListedNewestFirst) {
  const TemporaryDirectory directory;
  const std::string noon = keep_at(directory.path(), "12:00:00");
  const std::string night = keep_at(directory.path(), "23:00:00");
  const std::string dawn = keep_at(directory.path(), "06:00:00.250");
  EXPECT_THAT(ids_of(read_history(directory.path()).entries), ElementsAre(night, noon, dawn));
}

TEST(History, AbsentDirectoryIsEmpty) {
  const TemporaryDirectory directory;
  const History history = read_history(directory.path() / "none");
  EXPECT_THAT(history.entries, IsEmpty());
  EXPECT_THAT(history.damaged, IsEmpty());
  EXPECT_FALSE(fs::exists(directory.path() / "none"));
}

TEST(History, DamagedEntryIsSkippedAndNamedWithItsRepair) {
  const TemporaryDirectory directory;
  const std::string good = keep_at(directory.path(), "06:00:00");
  const std::string whole = to_json(sample::history_entry());
  for (const std::string& text : {std::string(), std::string("\0\0\0", 3), std::string("{}"),
                                  whole.substr(0, whole.size() / 2), whole}) {
    const std::string id = write_as_entry(directory, text);
    const History history = read_history(directory.path());
    EXPECT_THAT(ids_of(history.entries), ElementsAre(good));
    EXPECT_THAT(history.damaged,
                ElementsAre(AllOf(StartsWith("history entry " + id + ": "),
                                  EndsWith("; delete it with: mpisize history delete " + id))));
  }
}

TEST(History, EntryOfANewerVersionIsSkippedAndSaysSo) {
  const TemporaryDirectory directory;
  std::string text = to_json(sample::history_entry());
  const std::string version = "\"schema_version\": 1";
  text.replace(text.find(version), version.size(), "\"schema_version\": 2");
  write_as_entry(directory, text);
  EXPECT_THAT(read_history(directory.path()).damaged,
              ElementsAre(HasSubstr("written by a newer mpisize (schema 2, this one reads 1)")));
}

TEST(History, ForeignFilesAreLeftAlone) {
  const TemporaryDirectory directory;
  directory.write("notes.json", "mine");
  directory.write("20240501T120000Z-xyz.json", "mine");
  directory.write("20240501T120000Z-0123456789.json.bak", "mine");
  fs::create_directory(directory.path() / "folder");
  const std::string id = keep_at(directory.path(), "06:00:00");
  const History history = read_history(directory.path());
  EXPECT_THAT(ids_of(history.entries), ElementsAre(id));
  EXPECT_THAT(history.damaged, IsEmpty());
  delete_entry(history_file(directory.path(), id));
  EXPECT_EQ(read_file(directory.path() / "notes.json"), "mine");
  EXPECT_TRUE(fs::exists(directory.path() / "20240501T120000Z-0123456789.json.bak"));
}

TEST(History, LinksAndPipesAreNoEntries) {
  const TemporaryDirectory directory;
  const TemporaryDirectory elsewhere;
  const auto target = elsewhere.write("secret", "text");
  const auto link = directory.path() / "20240501T120000Z-00000000bb.json";
  fs::create_symlink(target, link);
  const auto pipe = directory.path() / "20240501T110000Z-00000000cc.json";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);  // Opened, it would be waited for.
  EXPECT_THAT(
      read_history(directory.path()).damaged,
      ElementsAre(
          HasSubstr("is no regular file; delete it with: mpisize history delete 00000000bb"),
          HasSubstr("00000000cc")));
  EXPECT_THAT(runs_of(directory.path(), Program{}, ""), IsEmpty());
  delete_entry(history_file(directory.path(), "00000000bb"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(link)));
  EXPECT_EQ(read_file(target), "text");
}

TEST(History, DirectoryMayBeALink) {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "real");
  fs::create_symlink("real", directory.path() / "link");
  const std::string id = keep_at(directory.path() / "link", "06:00:00");
  EXPECT_THAT(ids_of(read_history(directory.path() / "real").entries), ElementsAre(id));
}

TEST(HistoryFile, IsFoundByTheBeginningOfItsId) {
  const TemporaryDirectory directory;
  for (const char* const id : {"aa11111111", "aa22222222", "bb33333333"}) {
    directory.write(std::string("20240501T120000Z-") + id + ".json", "");
  }
  EXPECT_EQ(history_file(directory.path(), "b").id, "bb33333333");
  EXPECT_EQ(history_file(directory.path(), "aa2").id, "aa22222222");
  EXPECT_EQ(history_file(directory.path(), "aa22222222").id, "aa22222222");
  EXPECT_EQ(refusal([&] { static_cast<void>(history_file(directory.path(), "aa")); }),
            "'aa' is the beginning of 2 ids, such as aa22222222 and aa11111111; give more of it");
  for (const char* const none : {"cc", "", "aa111111111", "../x", "AA"}) {
    EXPECT_THAT(refusal([&] { static_cast<void>(history_file(directory.path(), none)); }),
                HasSubstr("no entry of the history has an id that begins with '"));
  }
}

TEST(RunsOf, AreTheProgramsOnTheMachine) {
  const TemporaryDirectory directory;
  const HistoryEntry entry = sample::whole_run("app", 4, Seconds(12));
  const std::string same = keep_at(directory.path(), "01:00:00");
  static_cast<void>(keep_at(directory.path(), "02:00:00", "other"));
  const auto keep_changed = [&](const std::string& clock, auto change) {
    HistoryEntry changed = entry;
    changed.time = "2024-05-01T" + clock + "Z";
    change(changed);
    return keep(directory.path(), changed).id.value();
  };
  const auto elsewhere = keep_changed("03:00:00", [](auto& e) { e.program.directory = "/x"; });
  const auto rebuilt = keep_changed("04:00:00", [](auto& e) { e.program.hash = "ff"; });
  const auto more = keep_changed("05:00:00", [](auto& e) { e.ranks = 8; });
  keep_changed("06:00:00", [](auto& e) { e.machine = "another"; });
  keep_changed("07:00:00", [](auto& e) { e.program.arguments = {"-i", "big"}; });
  write_as_entry(directory, "damaged");
  const auto found = [&](Kinship farthest) {
    return ids_of(runs_of(directory.path(), entry.program, entry.machine, farthest));
  };
  EXPECT_THAT(ids_of(runs_of(directory.path(), entry.program, entry.machine)),
              ElementsAre(more, elsewhere, same));
  EXPECT_THAT(found(Kinship::same), ElementsAre(more, same));
  EXPECT_THAT(found(Kinship::rebuilt), ElementsAre(more, rebuilt, elsewhere, same));
}

TEST(RunsOf, FindsPathsThatJsonWritesOtherwise) {
  const TemporaryDirectory directory;
  HistoryEntry entry = sample::whole_run("a\"p\\p \xC3\xBC\n", 4, Seconds(12));
  const Kept kept = keep(directory.path(), entry);
  EXPECT_THAT(ids_of(runs_of(directory.path(), entry.program, entry.machine)),
              ElementsAre(*kept.id));
}

TEST(RunsOf, IsEmptyWhereNothingCanBeRead) {
  const TemporaryDirectory directory;
  const auto file = directory.write("file", "text");
  EXPECT_THAT(runs_of(file, Program{}, ""), IsEmpty());
  EXPECT_THAT(refusal([&] { static_cast<void>(read_history(file)); }),
              HasSubstr("cannot read the history in"));
}

}  // namespace
}  // namespace mpisize
