#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "child.hpp"
#include "history_values.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/history.hpp"
#include "mpisize/measure/history_id.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::Child;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::TemporaryDirectory;

HistoryEntry entry_at(int minute) {
  HistoryEntry entry = sample::whole_run("app", 4, Seconds(12));
  entry.time = "2024-05-01T12:" + std::to_string(10 + minute) + ":00Z";
  return entry;
}

std::vector<std::string> kept_ids(const fs::path& directory) {
  std::vector<std::string> ids;
  for (const HistoryFile& file : history_files(directory)) ids.push_back(file.id);
  return ids;
}

TEST(Keep, GivesIdAndTimeAndLeavesNothingElse) {
  const TemporaryDirectory directory;
  HistoryEntry entry = sample::whole_run("app", 4, Seconds(12));
  entry.time.clear();
  const std::string before = utc_now();
  const Kept kept = keep(directory.path(), entry);
  ASSERT_TRUE(kept.id);
  const HistoryEntry read = read_entry(history_file(directory.path(), *kept.id));
  EXPECT_EQ(read.id, *kept.id);
  EXPECT_GE(read.time, before);
  EXPECT_LE(read.time, utc_now());
  EXPECT_THAT(history_names(directory.path()), ElementsAre(history_stem(read) + ".json"));
}

TEST(Keep, FollowsTheUmask) {
  const TemporaryDirectory directory;
  const mode_t before = umask(027);
  const Kept kept = keep(directory.path() / "history", entry_at(0));
  umask(before);
  const auto file = history_file(directory.path() / "history", *kept.id);
  EXPECT_EQ(static_cast<unsigned>(fs::status(file.path).permissions()), 0640U);
  EXPECT_EQ(static_cast<unsigned>(fs::status(directory.path() / "history").permissions()), 0750U);
}

TEST(Keep, WithoutAPlaceNothingIsKeptAndTheReasonIsTold) {
  const TemporaryDirectory directory;
  const Kept homeless = keep(std::nullopt, entry_at(0));
  EXPECT_EQ(homeless.id, std::nullopt);
  EXPECT_EQ(homeless.reason,
            "this run is not kept in the history: there is no home directory; set XDG_DATA_HOME to "
            "a directory that can be written");
  // Not even root can make a directory there.
  for (const fs::path& place :
       {fs::path("/proc/mpisize/history"), directory.write("f", "") / "x"}) {
    const Kept kept = keep(place, entry_at(0));
    EXPECT_EQ(kept.id, std::nullopt);
    EXPECT_THAT(kept.reason,
                AllOf(StartsWith("this run is not kept in the history: cannot write '" +
                                 place.string() + "': "),
                      HasSubstr("set XDG_DATA_HOME")));
  }
}

TEST(Keep, WhatCannotBeWrittenToItsEndLeavesNothing) {
  const TemporaryDirectory directory;
  Child child([&] {
    // The disk is full, as far as this process can tell.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    const Kept kept = keep(directory.path(), entry_at(0));
    return !kept.id && !kept.reason.empty() ? 0 : 2;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_THAT(history_names(directory.path()), IsEmpty());
}

TEST(Keep, RefusesATimeThatIsNone) {
  const TemporaryDirectory directory;
  HistoryEntry entry = entry_at(0);
  entry.time = "../../x";
  EXPECT_THROW(static_cast<void>(keep(directory.path(), entry)), std::invalid_argument);
  EXPECT_THAT(history_names(directory.path()), IsEmpty());
}

TEST(Keep, WritersAtOnceLoseNothingAndReadersSeeWholeEntries) {
  const TemporaryDirectory directory;
  constexpr int writers = 4;
  constexpr int each = 40;
  std::vector<std::unique_ptr<Child>> children;
  for (int w = 0; w < writers; ++w) {
    children.push_back(std::make_unique<Child>([&] {
      for (int i = 0; i < each; ++i) {
        if (!keep(directory.path(), entry_at(i)).id) return 1;
      }
      return 0;
    }));
  }
  children.push_back(std::make_unique<Child>([&] {
    std::size_t seen = 0;
    for (int i = 0; i < each; ++i) {
      const History history = read_history(directory.path());
      if (!history.damaged.empty() || history.entries.size() < seen) return 1;
      seen = history.entries.size();
    }
    return 0;
  }));
  for (const auto& child : children) EXPECT_EQ(child->wait(), 0);
  const auto ids = kept_ids(directory.path());
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), std::size_t{writers} * each);
  EXPECT_EQ(history_names(directory.path()).size(), std::size_t{writers} * each);
}

TEST(Keep, PrunesTheOldestBeyondTheBound) {
  const TemporaryDirectory directory;
  std::vector<std::string> newest_first;
  for (int i = 0; i < 5; ++i) {
    newest_first.insert(newest_first.begin(), keep(directory.path(), entry_at(i)).id.value());
  }
  const Kept kept = keep(directory.path(), entry_at(9), {3, Bytes(100'000'000)});
  EXPECT_EQ(kept.pruned, 3U);
  EXPECT_THAT(kept_ids(directory.path()), ElementsAre(*kept.id, newest_first[0], newest_first[1]));
}

TEST(Keep, CountsWhatLiesBesideAndDeletesItWithTheEntry) {
  const TemporaryDirectory directory;
  const std::string first = keep(directory.path(), entry_at(0)).id.value();
  auto raw = history_file(directory.path(), first).path.replace_extension(".h5");
  directory.write(raw.filename(), std::string(1'000'000, 'x'));
  const std::string second = keep(directory.path(), entry_at(1)).id.value();
  const Kept kept = keep(directory.path(), entry_at(2), {1000, Bytes(1'000'000)});
  EXPECT_EQ(kept.pruned, 1U);
  EXPECT_THAT(kept_ids(directory.path()), ElementsAre(*kept.id, second));
  EXPECT_FALSE(fs::exists(raw));
}

TEST(Keep, NeverPrunesWhatItWrote) {
  const TemporaryDirectory directory;
  const std::string newer = keep(directory.path(), entry_at(5)).id.value();
  const Kept old = keep(directory.path(), entry_at(0), {1, Bytes(1)});
  EXPECT_THAT(kept_ids(directory.path()), ElementsAre(*old.id));
  EXPECT_EQ(old.pruned, 1U);
}

TEST(Keep, SweepsWhatKilledProcessesLeftADayAgo) {
  const TemporaryDirectory directory;
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(25);
  const std::vector<std::string> left{".00000000aa.claim", ".mpisize-a1b2c3",
                                      "20240501T120000Z-00000000aa.h5"};
  const std::vector<std::string> others{"notes.txt", ".00000000bb.claim",
                                        "20240501T120000Z-00000000bb.h5"};
  for (const auto& name : left) fs::last_write_time(directory.write(name, "x"), old);
  for (const auto& name : others) directory.write(name, "x");
  fs::last_write_time(directory.path() / "notes.txt", old);
  const Kept kept = keep(directory.path(), entry_at(0));
  for (const auto& name : left) EXPECT_FALSE(fs::exists(directory.path() / name)) << name;
  for (const auto& name : others) EXPECT_TRUE(fs::exists(directory.path() / name)) << name;
  EXPECT_TRUE(kept.id);
}

TEST(ReplaceEntry, PutsWhatIsKnownLaterInItsPlace) {
  const TemporaryDirectory directory;
  HistoryEntry entry = entry_at(0);
  const auto seen = entry.seen;
  entry.seen.reset();
  entry.ending = {};
  entry.id = keep(directory.path(), entry).id.value();
  entry.seen = seen;
  entry.ending.status = 0;
  replace_entry(directory.path(), entry);
  EXPECT_THAT(read_history(directory.path()).entries, ElementsAre(entry));
  entry.time = "2025-01-01T00:00:00Z";
  EXPECT_THROW(replace_entry(directory.path(), entry), std::invalid_argument);
  entry.id = "0000000000";
  EXPECT_THROW(replace_entry(directory.path(), entry), InputError);
}

TEST(DeleteEntry, TakesAlongWhatLiesBesideAndNothingElse) {
  const TemporaryDirectory directory;
  const std::string first = keep(directory.path(), entry_at(0)).id.value();
  const std::string second = keep(directory.path(), entry_at(1)).id.value();
  const HistoryFile file = history_file(directory.path(), first);
  directory.write(fs::path(file.path).replace_extension(".h5").filename(), "x");
  delete_entry(file);
  EXPECT_EQ(history_names(directory.path()).size(), 1U);
  EXPECT_THAT(kept_ids(directory.path()), ElementsAre(second));
  EXPECT_NO_THROW(delete_entry(file));
}

TEST(DeleteEntry, SaysWhatItCannotDelete) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "20240501T120000Z-00000000aa.json";
  fs::create_directory(path);
  try {
    delete_entry(history_file(directory.path(), "0"));
    FAIL() << "deleted a directory";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(StartsWith("cannot delete '" + path.string() + "': "),
                                    HasSubstr("; delete it by hand")));
  }
}

}  // namespace
}  // namespace mpisize
