#include "spooled_input.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "temporary_directory.hpp"

namespace mpisize::tools {
namespace {

using mpisize::testing::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Talk quiet{true, false, false};

/// What `cat` reads with such a stdin.
std::string read_by_child(Command command) {
  const TemporaryDirectory directory;
  command.argv = {"cat"};
  command.output = directory.path() / "out";
  static_cast<void>(run(command));
  return read_file(*command.output);
}

std::string sampled(SpooledInput& input) {
  Command command;
  input.give_to_sample(command, quiet);
  return read_by_child(command);
}

/// A pipe that gives a text; it fits the pipe.
class Pipe {
 public:
  explicit Pipe(const std::string& text, bool ends = true) {
    EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    if (ends) finish();
  }
  ~Pipe() {
    finish();
    close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void finish() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  [[nodiscard]] int reader() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
};

TEST(SpooledInput, EveryRunReadsAllOfAPipe) {
  const Pipe pipe("1 2 3\n");
  SpooledInput input(pipe.reader());
  EXPECT_EQ(sampled(input), "1 2 3\n");
  EXPECT_EQ(sampled(input), "1 2 3\n");
  Command last;
  input.give_to_run(last);
  EXPECT_EQ(read_by_child(last), "1 2 3\n");
  EXPECT_EQ(input.spooled(), Bytes(6));
}

TEST(SpooledInput, PipeIsLeftAloneIfNothingIsSampled) {
  const Pipe pipe("1 2 3\n");
  SpooledInput input(pipe.reader());
  Command last;
  input.give_to_run(last);
  EXPECT_TRUE(last.input);
  EXPECT_FALSE(last.input_from);
  EXPECT_FALSE(input.spooled());
}

TEST(SpooledInput, PipeThatEndsAtOnceIsEmptyInput) {
  const Pipe pipe("");
  SpooledInput input(pipe.reader());
  EXPECT_THAT(sampled(input), IsEmpty());
  EXPECT_EQ(input.spooled(), Bytes(0));
}

TEST(SpooledInput, PipeThatNothingComesFromIsTheLastRuns) {
  const Pipe pipe("", false);
  SpooledInput input(pipe.reader(), Seconds(0.05));
  EXPECT_THAT(sampled(input), IsEmpty());
  EXPECT_THAT(sampled(input), IsEmpty());
  EXPECT_FALSE(input.spooled());
  Command last;
  input.give_to_run(last);
  EXPECT_TRUE(last.input) << "what comes later is not lost";
}

TEST(SpooledInput, RunThatReadsLittleTakesNothingFromTheNext) {
  const Pipe pipe("first\nsecond\n");
  SpooledInput input(pipe.reader());
  Command command;
  input.give_to_sample(command, quiet);
  command.argv = {"head", "-c", "3"};
  const TemporaryDirectory directory;
  command.output = directory.path() / "out";
  static_cast<void>(run(command));
  EXPECT_EQ(sampled(input), "first\nsecond\n");
}

TEST(SpooledInput, FileIsReadFromWhereItStands) {
  const TemporaryDirectory directory;
  const auto path = directory.write("numbers", "skip 1 2 3\n");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  lseek(file, 5, SEEK_SET);
  SpooledInput input(file);
  EXPECT_EQ(sampled(input), "1 2 3\n");
  EXPECT_EQ(sampled(input), "1 2 3\n");
  Command last;
  input.give_to_run(last);
  EXPECT_TRUE(last.input);
  EXPECT_EQ(lseek(file, 0, SEEK_CUR), 5) << "samples leave it where it was";
  close(file);
}

TEST(SpooledInput, SamplesReadNothingFromADeviceOrAClosedStdin) {
  const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  SpooledInput endless(zeros);
  EXPECT_THAT(sampled(endless), IsEmpty());
  close(zeros);
  SpooledInput closed(zeros);
  EXPECT_THAT(sampled(closed), IsEmpty());
  Command last;
  closed.give_to_run(last);
  EXPECT_TRUE(last.input);
}

/// TMPDIR for one test.
class TemporaryPlace {
 public:
  explicit TemporaryPlace(const std::string& place) {
    if (const char* const now = std::getenv("TMPDIR")) before_ = now;
    setenv("TMPDIR", place.c_str(), 1);
  }
  ~TemporaryPlace() {
    if (before_) {
      setenv("TMPDIR", before_->c_str(), 1);
    } else {
      unsetenv("TMPDIR");
    }
  }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

 private:
  std::optional<std::string> before_;
};

TEST(SpooledInput, IsKeptInTheTemporaryDirectoryWithoutAName) {
  const TemporaryDirectory directory;
  const TemporaryPlace place(directory.path().string());
  const Pipe pipe("1 2 3\n");
  SpooledInput input(pipe.reader());
  EXPECT_EQ(sampled(input), "1 2 3\n");
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(SpooledInput, WithoutRoomSaysWhatToDo) {
  // A file system of its own size limit is a privilege; a limit on files is not.
  const Pipe pipe(std::string(60000, 'x'));
  SpooledInput input(pipe.reader());
  Command command;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  const auto usual = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  std::string said;
  try {
    input.give_to_sample(command, quiet);
  } catch (const InputError& error) {
    said = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, usual);
  EXPECT_THAT(said, AllOf(HasSubstr("set TMPDIR"), HasSubstr("< FILE")));
}

}  // namespace
}  // namespace mpisize::tools
