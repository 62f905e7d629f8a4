#include "files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "mpisize/base/error.hpp"
#include "temporary_directory.hpp"

namespace example {
namespace {

using mpisize::Bytes;
using mpisize::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const FileSample& sample) {
  std::vector<std::string> names;
  for (const File& file : sample.files) {
    names.push_back(std::filesystem::path(file.path).filename().string());
  }
  return names;
}

std::int64_t bytes(const FileSample& sample) {
  std::int64_t sum = 0;
  for (const File& file : sample.files) sum += static_cast<std::int64_t>(file.content.size());
  return sum;
}

/// 50 files of 10 bytes in two directories.
void fill(const TemporaryDirectory& directory) {
  for (int i = 0; i < 50; ++i) {
    directory.write((i % 2 == 0 ? "a/" : "b/c/") + std::to_string(i), "0123456789");
  }
}

FileChoice choice(std::int64_t total, std::uint64_t seed = 1) {
  FileChoice choice;
  choice.total = Bytes(total);
  choice.seed = seed;
  return choice;
}

std::string refusal(const std::filesystem::path& directory, const FileChoice& choice) {
  try {
    static_cast<void>(sample_files(directory, choice));
  } catch (const mpisize::InputError& error) {
    return error.what();
  }
  return "";
}

/// Nobody's rights while it lives, if we are root: root reads whatever the permissions say.
class Unprivileged {
 public:
  Unprivileged() : root_(geteuid() == 0) {
    if (root_ && seteuid(65534) != 0) throw std::runtime_error("seteuid");
  }
  ~Unprivileged() {
    if (root_ && seteuid(0) != 0) std::abort();
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool root_;
};

TEST(SampleFiles, TakesEveryFileThatTheTotalAllows) {
  const TemporaryDirectory directory;
  fill(directory);
  EXPECT_EQ(sample_files(directory.path(), choice(500)).files.size(), 50U);
  EXPECT_EQ(sample_files(directory.path(), choice(499)).files.size(), 49U);
  EXPECT_EQ(bytes(sample_files(directory.path(), choice(123))), 120);
}

TEST(SampleFiles, KeepsTheLargestFileIn) {
  const TemporaryDirectory directory;
  fill(directory);
  directory.write("b/large", std::string(95, 'x'));
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto sample = sample_files(directory.path(), choice(100, seed));
    EXPECT_THAT(names(sample), ElementsAre("large")) << "seed " << seed;
  }
}

TEST(SampleFiles, LeavesOutAndCountsWhatIsAboveALimit) {
  const TemporaryDirectory directory;
  directory.write("small", "12345");
  directory.write("large", std::string(50, 'x'));
  FileChoice few = choice(1000);
  few.largest = Bytes(49);
  EXPECT_THAT(names(sample_files(directory.path(), few)), ElementsAre("small"));
  EXPECT_EQ(sample_files(directory.path(), few).too_large, 1);
  EXPECT_THAT(names(sample_files(directory.path(), choice(49))), ElementsAre("small"));
}

TEST(SampleFiles, EqualSeedsGiveEqualSamplesAndOthersOthers) {
  const TemporaryDirectory directory;
  fill(directory);
  const auto first = names(sample_files(directory.path(), choice(100, 7)));
  EXPECT_EQ(first, names(sample_files(directory.path(), choice(100, 7))));
  EXPECT_NE(first, names(sample_files(directory.path(), choice(100, 8))));
}

TEST(SampleFiles, ReadsBytesAsTheyAre) {
  const TemporaryDirectory directory;
  const std::string content("\0\r\n\xff\x1a\0", 6);
  directory.write("binary", content);
  EXPECT_EQ(sample_files(directory.path(), choice(100)).files.at(0).content, content);
}

TEST(SampleFiles, FollowsNoSymbolicLinks) {
  const TemporaryDirectory outside;
  outside.write("secret", "secret");
  const TemporaryDirectory directory;
  directory.write("file", "file");
  std::filesystem::create_directory_symlink(outside.path(), directory.path() / "tree");
  std::filesystem::create_directory_symlink(directory.path(), directory.path() / "loop");
  std::filesystem::create_symlink(outside.path() / "secret", directory.path() / "link");
  const auto sample = sample_files(directory.path(), choice(100));
  EXPECT_THAT(names(sample), ElementsAre("file"));
  EXPECT_EQ(sample.skipped, 0);
}

TEST(SampleFiles, SkipsAndCountsWhatCannotBeRead) {
  const TemporaryDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  directory.write("open", "open");
  std::filesystem::permissions(directory.write("closed", "closed"), std::filesystem::perms(0));
  directory.write("room/file", "file");
  std::filesystem::permissions(directory.path() / "room", std::filesystem::perms(0));
  {
    const Unprivileged nobody;
    const auto sample = sample_files(directory.path(), choice(100));
    EXPECT_THAT(names(sample), ElementsAre("open"));
    EXPECT_EQ(sample.skipped, 2);
  }
  std::filesystem::permissions(directory.path() / "room", std::filesystem::perms(0700));
}

TEST(SampleFiles, NamesADirectoryWithoutFiles) {
  const TemporaryDirectory directory;
  directory.write("empty", "");
  std::filesystem::create_directory(directory.path() / "inner");
  EXPECT_EQ(mkfifo((directory.path() / "fifo").c_str(), 0600),
            0);  // Reading it would wait for ever.
  EXPECT_THAT(refusal(directory.path(), choice(100)), HasSubstr(directory.path().string()));
}

TEST(SampleFiles, NamesWhatIsNoDirectory) {
  const TemporaryDirectory directory;
  const auto file = directory.write("file", "file");
  EXPECT_THAT(refusal(file, choice(100)), HasSubstr("'" + file.string() + "' is no directory"));
  EXPECT_THAT(refusal(directory.path() / "none", choice(100)), HasSubstr("/none' is no directory"));
}

}  // namespace
}  // namespace example
