#include "mpisize/measure/journal_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <stdexcept>
#include <thread>

#include "child.hpp"
#include "journal_values.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/self.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using testing::append;
using testing::Child;
using ::testing::HasSubstr;
using testing::identity;
using testing::options;
using testing::refusal;
using testing::TemporaryDirectory;

TEST(JournalFile, SecondOwnerIsRefusedUntilTheFirstLetsGo) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "j";
  {
    const JournalFile first(path, Seconds(0));
    EXPECT_THAT(refusal<InputError>([&] { const JournalFile second(path, Seconds(0)); }),
                AllOf(HasSubstr("in use by another process"), HasSubstr("; wait")));
  }
  EXPECT_EQ(refusal([&] { const JournalFile second(path, Seconds(0)); }), "");
}

TEST(JournalFile, WaitsForAnOwnerThatIsEnding) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "j";
  auto first = std::make_unique<JournalFile>(path, Seconds(0));
  std::thread ending([&] {
    polite_sleep(Seconds(30e-3));
    first.reset();
  });
  EXPECT_EQ(refusal([&] { const JournalFile second(path, Seconds(30)); }), "");
  ending.join();
}

TEST(JournalFile, FileThatWasRemovedWhileItWasWaitedForIsMadeAnew) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "j";
  auto first = std::make_unique<JournalFile>(path, Seconds(0));
  std::thread ending([&] {
    polite_sleep(Seconds(30e-3));
    std::filesystem::remove(path);
    first.reset();
  });
  JournalFile second(path, Seconds(30));
  ending.join();
  second.write(0, std::as_bytes(std::span("text")));
  EXPECT_EQ(testing::content(path).substr(0, 4), "text");
}

TEST(JournalFile, NewFileFollowsTheUmask) {
  const TemporaryDirectory directory;
  const mode_t before = umask(027);
  { const JournalFile file(directory.path() / "j", Seconds(0)); }
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat((directory.path() / "j").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST(JournalFile, PathThatCannotBeOpenedIsNamed) {
  EXPECT_THAT(refusal<InputError>([] { const JournalFile file("/does/not/exist/j", Seconds(0)); }),
              AllOf(HasSubstr("cannot open the journal '/does/not/exist/j'"),
                    HasSubstr("No such file"), HasSubstr("; give a path")));
  EXPECT_THAT(refusal<InputError>([] { const JournalFile file("/tmp", Seconds(0)); }),
              HasSubstr("directory"));
}

TEST(JournalFile, DevicesAndPipesAreRefused) {
  EXPECT_THAT(refusal<InputError>([] { const JournalFile file("/dev/full", Seconds(0)); }),
              HasSubstr("'/dev/full' is no regular file"));
  const TemporaryDirectory directory;
  ASSERT_EQ(mkfifo((directory.path() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(
      refusal<InputError>([&] { const JournalFile file(directory.path() / "pipe", Seconds(0)); }),
      HasSubstr("is no regular file"));
}

/// Limit on the size of files, with SIGXFSZ as it is by default: deadly.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("setrlimit");
    signal_before_ = std::signal(SIGXFSZ, SIG_DFL);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, signal_before_));
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*signal_before_)(int) = nullptr;
};

TEST(FullDisk, WhatWasAcknowledgedStaysAndTheRestCanBeCommittedLater) {
  for (rlim_t limit = 400; limit < 500; limit += 7) {
    SCOPED_TRACE(limit);
    const TemporaryDirectory directory;
    const auto path = directory.path() / "j";
    Journal journal(options(path), identity);
    std::int64_t acknowledged = 0;
    {
      const FileSizeLimit full(limit);
      std::string sentence;
      while (sentence.empty()) {
        append(journal, acknowledged, 1);
        sentence = refusal<std::runtime_error>([&] { journal.commit(); });
        if (sentence.empty()) ++acknowledged;
      }
      EXPECT_THAT(sentence, AllOf(HasSubstr("cannot write the journal '" + path.string() + "'"),
                                  HasSubstr("File too large"), HasSubstr("; make room")));
      EXPECT_GT(acknowledged, 1);
    }
    const auto copy = directory.path() / "copy";
    std::filesystem::copy_file(path, copy);
    {
      const Journal found(options(copy), identity);
      EXPECT_EQ(static_cast<std::int64_t>(found.runs().size()), acknowledged);
      EXPECT_EQ(found.repaired(), std::nullopt);
    }
    journal.commit();
    journal.close();
    std::filesystem::copy_file(path, copy, std::filesystem::copy_options::overwrite_existing);
    EXPECT_EQ(static_cast<std::int64_t>(Journal(options(copy), identity).runs().size()),
              acknowledged + 1);
  }
}

TEST(FullDisk, ClosingDoesNotThrowOutOfTheDestructor) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "j";
  {
    const FileSizeLimit full(200);
    Journal journal(options(path), identity);
    append(journal, 0, 1000);
  }
  EXPECT_EQ(Journal(options(path), identity).runs().size(), 0U);
}

TEST(FullDisk, FileThatCannotEvenTakeItsHeaderIsAsNew) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "j";
  {
    const FileSizeLimit full(10);
    EXPECT_THAT(
        refusal<std::runtime_error>([&] { const Journal journal(options(path), identity); }),
        HasSubstr("File too large"));
  }
  EXPECT_EQ(refusal([&] { const Journal journal(options(path), identity); }), "");
}

constexpr int not_allowed = 77;

/// In a mount namespace of its own, which ends with the process.
int fill_small_disk(const std::filesystem::path& directory) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return not_allowed;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return not_allowed;
  if (mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=64k") != 0) return not_allowed;
  const auto path = directory / "j";
  std::size_t acknowledged = 0;
  {
    Journal journal(options(path), identity);
    for (;; ++acknowledged) {
      append(journal, static_cast<std::int64_t>(acknowledged) * 100, 100);
      const auto sentence = refusal<std::runtime_error>([&] { journal.commit(); });
      if (sentence.empty()) continue;
      if (sentence.find("No space left on device; make room") == std::string::npos) return 1;
      break;
    }
  }
  const Journal found(options(path), identity);
  if (found.repaired()) return 2;
  return acknowledged > 10 && found.runs().size() == acknowledged ? 0 : 3;
}

TEST(FullDisk, SmallFileSystemIsFilledWithoutLoss) {
  const TemporaryDirectory directory;
  Child child([&] { return fill_small_disk(directory.path()); });
  const int status = child.wait();
  if (status == not_allowed) GTEST_SKIP() << "a file system may not be mounted here";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace mpisize
