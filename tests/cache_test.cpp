#include "mpisize/measure/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "mpisize/base/error.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

template <class Action>
std::string refusal(Action action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(CacheDirectory, IsMadeUnderXdgCacheHome) {
  const TemporaryDirectory base;
  const auto directory = cache_directory((base.path() / "deep" / "cache").string(), "");
  EXPECT_EQ(directory, base.path() / "deep" / "cache" / "mpisize");
  EXPECT_TRUE(fs::is_directory(*directory));
}

TEST(CacheDirectory, WithoutXdgCacheHomeItIsMadeUnderHome) {
  const TemporaryDirectory home;
  EXPECT_EQ(cache_directory("", home.path().string()), home.path() / ".cache" / "mpisize");
}

TEST(CacheDirectory, RelativeXdgCacheHomeIsIgnored) {
  const TemporaryDirectory home;
  EXPECT_EQ(cache_directory("here", home.path().string()), home.path() / ".cache" / "mpisize");
  EXPECT_FALSE(fs::exists("here"));
}

TEST(CacheDirectory, MissingHomeIsNotMade) {
  const TemporaryDirectory base;
  const fs::path home = base.path() / "nobody";
  EXPECT_EQ(cache_directory("", home.string()), std::nullopt);
  EXPECT_FALSE(fs::exists(home));
  EXPECT_EQ(cache_directory("", ""), std::nullopt);
}

TEST(CacheDirectory, FileInTheWayIsNoError) {
  const TemporaryDirectory base;
  base.write("cache", "a file");
  EXPECT_EQ(cache_directory((base.path() / "cache").string(), ""), std::nullopt);
}

TEST(WriteFile, WhatIsWrittenIsRead) {
  const TemporaryDirectory directory;
  const std::string text("one\0two\n", 8);
  write_file(directory.path() / "a", text);
  EXPECT_EQ(read_file(directory.path() / "a"), text);
  write_file(directory.path() / "a", "");
  EXPECT_EQ(read_file(directory.path() / "a"), "");
}

TEST(WriteFile, NothingElseIsLeftBeside) {
  const TemporaryDirectory directory;
  write_file(directory.path() / "a", "text");
  EXPECT_EQ(entries(directory.path()), 1U);
}

TEST(WriteFile, OldTextStaysWhenTheNewCannotBeWritten) {
  const TemporaryDirectory directory;
  const auto path = directory.write("folder/a", "old");
  // A name that is too long for the last step only: the temporary file can be written.
  const fs::path bad = directory.path() / "folder" / std::string(300, 'x');
  EXPECT_THAT(refusal([&] { write_file(bad, "new"); }), HasSubstr("cannot write"));
  EXPECT_EQ(entries(directory.path() / "folder"), 1U);
  EXPECT_EQ(read_file(path), "old");
}

TEST(WriteFile, MissingDirectoryIsNamed) {
  EXPECT_THAT(refusal([] { write_file("/does/not/exist/a.json", "x"); }),
              AllOf(HasSubstr("'/does/not/exist/a.json'"), HasSubstr("No such file"),
                    HasSubstr("give a path")));
}

TEST(WriteFile, DirectoryIsNamed) {
  const TemporaryDirectory directory;
  EXPECT_THAT(refusal([&] { write_file(directory.path(), "x"); }), HasSubstr("is a directory"));
}

TEST(WriteFile, EmptyPathIsRefused) {
  EXPECT_THAT(refusal([] { write_file("", "x"); }), HasSubstr("cannot write ''"));
}

TEST(WriteFile, PermissionsOfAReplacedFileStay) {
  const TemporaryDirectory directory;
  const auto path = directory.write("job.sh", "old");
  fs::permissions(path, fs::perms::owner_all);
  write_file(path, "new");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
}

TEST(WriteFile, NewFileFollowsTheUmask) {
  const TemporaryDirectory directory;
  const mode_t before = umask(027);
  write_file(directory.path() / "a", "x");
  umask(before);
  EXPECT_EQ(static_cast<unsigned>(fs::status(directory.path() / "a").permissions()), 0640U);
}

TEST(WriteFile, SymbolicLinkStaysOne) {
  const TemporaryDirectory directory;
  const auto target = directory.write("real", "old");
  fs::create_symlink(target, directory.path() / "link");
  write_file(directory.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(directory.path() / "link"));
  EXPECT_EQ(read_file(target), "new");
}

TEST(WriteFile, DeviceIsWrittenNotReplaced) {
  write_file("/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(ReadFile, MissingFileIsNamed) {
  EXPECT_THAT(refusal([] { static_cast<void>(read_file("/dev/zero")); }),
              HasSubstr("more than 256 MB"));
  EXPECT_THAT(refusal([] { static_cast<void>(read_file("/does/not/exist")); }),
              AllOf(HasSubstr("cannot read '/does/not/exist'"), HasSubstr("No such file")));
}

TEST(ReadFile, DirectoryIsNamed) {
  EXPECT_THAT(refusal([] { static_cast<void>(read_file("/tmp")); }), HasSubstr("is a directory"));
}

TEST(ReadFile, ErrorOnTheWayIsNoEmptyFile) {
  // Linux: opens, is a regular file, and answers a read at 0 with EIO.
  EXPECT_THAT(refusal([] { static_cast<void>(read_file("/proc/self/mem")); }),
              HasSubstr("reading failed"));
}

}  // namespace
}  // namespace mpisize
