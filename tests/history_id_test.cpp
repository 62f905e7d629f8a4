#include "mpisize/measure/history_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "history_values.hpp"
#include "mpisize/base/error.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryDirectory;

bool never(const std::string& /*id*/) { return false; }

/// Draws the ids one after the other.
std::function<std::string()> draws(std::vector<std::string> ids) {
  return [ids = std::move(ids), next = std::size_t{0}]() mutable { return ids.at(next++); };
}

TEST(HistoryId, IsDrawnAnew) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_history_id();
    EXPECT_EQ(id.size(), history_id_digits);
    EXPECT_TRUE(begins_history_id(id)) << id;
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(HistoryId, BeginsWithFewDigits) {
  for (const char* const good : {"0", "abcdef", "0123456789"}) EXPECT_TRUE(begins_history_id(good));
  for (const char* const bad : {"", "g", "ABC", "0123456789a", "../x", "1 "}) {
    EXPECT_FALSE(begins_history_id(bad)) << bad;
  }
}

TEST(HistoryId, IsFoundInTheNamesOfItsFilesAlone) {
  const std::string stem = history_stem(sample::history_entry());
  EXPECT_EQ(stem, "20240229T235959.123Z-0123456789");
  EXPECT_EQ(history_id_in(stem + ".json"), "0123456789");
  EXPECT_EQ(history_id_in(stem + ".h5"), "0123456789");
  for (const std::string& name :
       {std::string(), stem + "0.json", std::string("notes.txt"), "." + stem + ".json",
        std::string("20240229T235959.123Z-012345678.json"), std::string("Z-0123456789.json"),
        std::string(".0123456789.claim"), std::string(".mpisize-a1b2c3")}) {
    EXPECT_EQ(history_id_in(name), "") << name;
  }
}

TEST(UtcNow, IsATimeAndGoesOn) {
  const std::string first = utc_now();
  EXPECT_TRUE(is_utc_time(first)) << first;
  EXPECT_EQ(first.size(), 24U);
  EXPECT_LE(first, utc_now());
  EXPECT_GT(first, "2024");
}

TEST(ClaimedId, IsHeldByOneAtATime) {
  const TemporaryDirectory directory;
  {
    const ClaimedId first(directory.path(), draws({"aaaaaaaaaa"}), never);
    const ClaimedId second(directory.path(), draws({"aaaaaaaaaa", "aaaaaaaaaa", "bbbbbbbbbb"}),
                           never);
    EXPECT_EQ(first.id(), "aaaaaaaaaa");
    EXPECT_EQ(second.id(), "bbbbbbbbbb");
  }
  const ClaimedId third(directory.path(), draws({"aaaaaaaaaa"}), never);
  EXPECT_EQ(third.id(), "aaaaaaaaaa");
}

TEST(ClaimedId, IsNotOneThatIsThere) {
  const TemporaryDirectory directory;
  {
    const ClaimedId claimed(directory.path(), draws({"aaaaaaaaaa", "bbbbbbbbbb"}),
                            [](const std::string& id) { return id == "aaaaaaaaaa"; });
    EXPECT_EQ(claimed.id(), "bbbbbbbbbb");
  }
  EXPECT_THAT(history_names(directory.path()), IsEmpty());
}

TEST(ClaimedId, GivesUpWhereNothingIsFree) {
  const TemporaryDirectory directory;
  try {
    const ClaimedId claimed(
        directory.path(), [] { return std::string("aaaaaaaaaa"); },
        [](const std::string& /*id*/) { return true; });
    FAIL() << "claimed " << claimed.id();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot find a free name"));
  }
  EXPECT_THAT(history_names(directory.path()), IsEmpty());
}

TEST(HistoryNames, AbsentDirectoryIsEmptyAndAnotherFileIsNot) {
  const TemporaryDirectory directory;
  EXPECT_THAT(history_names(directory.path() / "none"), IsEmpty());
  const auto file = directory.write("file", "text");
  try {
    static_cast<void>(history_names(file));
    FAIL() << "read a file as a directory";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot read the history in '" + file.string() + "'"));
  }
}

}  // namespace
}  // namespace mpisize
