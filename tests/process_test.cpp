#include "mpisize/measure/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/self.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

constexpr std::int64_t mib = 1 << 20;

Command shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  return command;
}

/// What a script writes to stdout.
std::string output_of(Command command) {
  const TemporaryDirectory directory;
  command.output = directory.path() / "out";
  static_cast<void>(run(command));
  return read_file(*command.output);
}

struct Refusal {
  std::string words;
  int exit_code = 0;
};

Refusal refusal(const std::string& program) {
  Command command;
  command.argv = {program};
  try {
    static_cast<void>(run(command));
  } catch (const StartError& error) {
    return {error.what(), error.exit_code()};
  }
  return {};
}

/// Polls until it holds; false after ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const Seconds start = now();
  while (!condition()) {
    if (now() - start > Seconds(10)) return false;
    polite_sleep(Seconds(0.01));
  }
  return true;
}

TEST(Run, ExitStatusIsTheChilds) {
  const auto done = run(shell("exit 3"));
  EXPECT_EQ(done.status, 3);
  EXPECT_EQ(done.signal, std::nullopt);
  EXPECT_EQ(done.exit_code(), 3);
}

TEST(Run, DeathBySignalIs128PlusItsNumber) {
  const auto done = run(shell("kill -SEGV $$"));
  EXPECT_EQ(done.status, std::nullopt);
  EXPECT_EQ(done.signal, SIGSEGV);
  EXPECT_EQ(done.exit_code(), 128 + SIGSEGV);
}

TEST(Run, ArgumentsReachTheProgramUntouched) {
  Command command;
  command.argv = {"printf", "%s|", "two words", "$HOME", "", "a'b\"c", "*"};
  EXPECT_EQ(output_of(command), "two words|$HOME||a'b\"c|*|");
}

TEST(Run, EnvironmentIsAddedAndReplaced) {
  setenv("MPISIZE_TEST_KEPT", "kept", 1);
  setenv("MPISIZE_TEST_REPLACED", "old", 1);
  Command command = shell("echo $MPISIZE_TEST_KEPT $MPISIZE_TEST_REPLACED $MPISIZE_TEST_NEW");
  command.environment = {{"MPISIZE_TEST_REPLACED", "new"}, {"MPISIZE_TEST_NEW", "a=b"}};
  EXPECT_EQ(output_of(command), "kept new a=b\n");
}

TEST(Run, OutputAndErrorsMayShareAFile) {
  const TemporaryDirectory directory;
  Command command = shell("echo one; echo two >&2; echo three");
  command.output = directory.path() / "both";
  command.errors = directory.path() / "both";
  static_cast<void>(run(command));
  EXPECT_EQ(read_file(directory.path() / "both"), "one\ntwo\nthree\n");
}

TEST(Run, ErrorsMayGoToAFileOfTheirOwn) {
  const TemporaryDirectory directory;
  Command command = shell("echo one; echo two >&2");
  command.output = directory.path() / "out";
  command.errors = directory.path() / "err";
  static_cast<void>(run(command));
  EXPECT_EQ(read_file(directory.path() / "out"), "one\n");
  EXPECT_EQ(read_file(directory.path() / "err"), "two\n");
}

TEST(Run, WithoutInputTheChildReadsNothing) {
  Command command = shell("cat; echo end");
  command.input = false;
  EXPECT_EQ(output_of(command), "end\n");
}

TEST(Run, OutputFileThatCannotBeWrittenIsNamed) {
  Command command = shell("exit 0");
  command.output = "/does/not/exist/out";
  try {
    static_cast<void>(run(command));
    FAIL() << "was run";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot write '/does/not/exist/out'"));
  }
}

TEST(Run, SleepIsWallTimeButNotCpuTime) {
  const auto done = run(shell("sleep 0.3"));
  EXPECT_GE(done.wall, Seconds(0.3));
  EXPECT_LT(done.user + done.system, Seconds(0.25));
}

TEST(Run, ComputingIsCpuTimeAlsoOfGrandchildren) {
  const auto done = run(shell("sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; true"));
  EXPECT_GT(done.user + done.system, Seconds(0.01));
}

TEST(Run, PeakMemoryIsThatOfTheLargestProcess) {
  const auto small = run(shell("true"));
  const auto large = run(shell("head -c 60000000 /dev/zero | tail -c 50000000 > /dev/null"));
  EXPECT_LT(small.peak_resident, Bytes(40 * mib));
  EXPECT_GT(large.peak_resident, Bytes(45 * mib));
}

TEST(Run, MissingProgramIs127AndNamed) {
  const Refusal by_path = refusal("/does/not/exist");
  EXPECT_EQ(by_path.exit_code, 127);
  EXPECT_THAT(by_path.words, AllOf(HasSubstr("'/does/not/exist'"), HasSubstr("does not exist")));
  const Refusal by_name = refusal("mpisize-no-such-program");
  EXPECT_EQ(by_name.exit_code, 127);
  EXPECT_THAT(by_name.words, HasSubstr("is not in PATH"));
  EXPECT_EQ(refusal("").exit_code, 127);
}

TEST(Run, FileThatIsNotExecutableIs126) {
  const TemporaryDirectory directory;
  const Refusal plain = refusal(directory.write("notes.txt", "hello").string());
  EXPECT_EQ(plain.exit_code, 126);
  EXPECT_THAT(plain.words, HasSubstr("chmod +x"));
  const Refusal folder = refusal(directory.path().string());
  EXPECT_EQ(folder.exit_code, 126);
  EXPECT_THAT(folder.words, HasSubstr("is a directory"));
}

TEST(Run, ExecutableThatTheKernelRefusesIs126) {
  const TemporaryDirectory directory;
  const auto path = directory.write("program",
                                    "\x7f"
                                    "ELF but not really");
  fs::permissions(path, fs::perms::owner_all);
  const Refusal foreign = refusal(path.string());
  EXPECT_EQ(foreign.exit_code, 126);
  EXPECT_THAT(foreign.words, HasSubstr("Exec format error"));
  const auto script = directory.write("script", "#!/no/such/interpreter\n");
  fs::permissions(script, fs::perms::owner_all);
  EXPECT_EQ(refusal(script.string()).exit_code, 126);
}

TEST(FindProgram, FirstExecutableInThePathWins) {
  const TemporaryDirectory directory;
  directory.write("a/tool", "not executable");
  for (const char* folder : {"b", "c"}) {
    fs::permissions(directory.write(fs::path(folder) / "tool", "#!/bin/sh\n"),
                    fs::perms::owner_all);
  }
  const std::string base = directory.path().string();
  EXPECT_EQ(find_program("tool", base + "/a:" + base + "/b:" + base + "/c"), base + "/b/tool");
  EXPECT_THROW(static_cast<void>(find_program("tool", base + "/a")), StartError);
}

TEST(Run, TimeoutEndsTheChildAndItsDescendants) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "pid";
  Command command = shell("sleep 60 & echo $! > " + file.string() + "; wait");
  command.timeout = Seconds(0.3);
  const auto done = run(command);
  EXPECT_TRUE(done.timed_out);
  EXPECT_EQ(done.signal, SIGTERM);
  const int grandchild = std::stoi(read_file(file));
  EXPECT_TRUE(eventually([&] {
    // It is gone, or a zombie that nobody has waited for yet.
    return kill(grandchild, 0) != 0 ||
           read_file("/proc/" + std::to_string(grandchild) + "/stat").find(") Z") !=
               std::string::npos;
  }));
}

TEST(Run, ChildRunsInTheDirectoryThatIsNamed) {
  const TemporaryDirectory directory;
  Command command = shell("pwd > here");
  command.directory = directory.path();
  EXPECT_EQ(run(command).status, 0);
  EXPECT_EQ(read_file(directory.path() / "here"), fs::canonical(directory.path()).string() + "\n");
  command.directory = directory.path() / "missing";
  EXPECT_THROW(static_cast<void>(run(command)), StartError);
}

TEST(Run, ChildThatIsNotToGoOnIsEndedAsByATimeout) {
  Command command = shell("sleep 60");
  int asked = 0;
  command.period = Seconds(0.01);
  command.go_on = [&] { return ++asked < 5; };
  const auto done = run(command);
  EXPECT_TRUE(done.stopped);
  EXPECT_FALSE(done.timed_out);
  EXPECT_EQ(done.signal, SIGTERM);
  EXPECT_EQ(asked, 5);
}

TEST(Run, ChildThatIgnoresBeingStoppedIsKilled) {
  Command command = shell("trap '' TERM; while :; do sleep 0.05; done");
  command.period = Seconds(0.01);
  command.grace = Seconds(0.2);
  command.go_on = [] { return false; };
  const auto done = run(command);
  EXPECT_TRUE(done.stopped);
  EXPECT_EQ(done.signal, SIGKILL);
}

TEST(Run, ChildThatMayGoOnEndsByItself) {
  Command command = shell("sleep 0.1; exit 3");
  int asked = 0;
  command.period = Seconds(0.01);
  command.go_on = [&] { return ++asked > 0; };
  const auto done = run(command);
  EXPECT_FALSE(done.stopped);
  EXPECT_EQ(done.status, 3);
  EXPECT_GT(asked, 1);
}

TEST(Run, ChildThatIgnoresTheTimeoutIsKilled) {
  Command command = shell("trap '' TERM; while :; do sleep 0.05; done");
  command.timeout = Seconds(0.2);
  command.grace = Seconds(0.2);
  const auto done = run(command);
  EXPECT_TRUE(done.timed_out);
  EXPECT_EQ(done.signal, SIGKILL);
  EXPECT_GE(done.wall, Seconds(0.4));
}

TEST(Run, ChildThatEndsInTimeIsNotTimedOut) {
  Command command = shell("exit 0");
  command.timeout = Seconds(30);
  EXPECT_FALSE(run(command).timed_out);
}

TEST(Run, SignalsAreForwardedToTheChild) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    const TemporaryDirectory directory;
    const auto ready = directory.path() / "ready";
    const Command command = shell("trap 'exit 77' INT TERM HUP USR1 USR2; echo > " +
                                  ready.string() + "; while :; do sleep 0.02; done");
    const pid_t runner = fork();
    ASSERT_GE(runner, 0);
    if (runner == 0) _exit(run(command).exit_code());
    EXPECT_TRUE(eventually([&] { return fs::exists(ready); }));
    kill(runner, number);
    int status = 0;
    waitpid(runner, &status, 0);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << number;
    EXPECT_EQ(WEXITSTATUS(status), 77) << "signal " << number;
  }
}

TEST(Run, IgnoredSignalsStayIgnored) {
  // nohup: the child inherits that SIGHUP is ignored, and it is not sent one either.
  const pid_t runner = fork();
  ASSERT_GE(runner, 0);
  if (runner == 0) {
    static_cast<void>(std::signal(SIGHUP, SIG_IGN));
    _exit(run(shell("kill -HUP $PPID; kill -HUP $$; sleep 0.1; exit 5")).exit_code());
  }
  int status = 0;
  waitpid(runner, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 5);
}

TEST(Run, SignalMaskOfTheCallerIsRestoredAndNotInherited) {
  sigset_t before;
  sigprocmask(SIG_SETMASK, nullptr, &before);
  EXPECT_EQ(output_of(shell("grep SigBlk /proc/self/status")), "SigBlk:\t0000000000000000\n");
  sigset_t after;
  sigprocmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
  EXPECT_EQ(sigismember(&after, SIGCHLD), sigismember(&before, SIGCHLD));
}

TEST(Run, ResultsAreThereEvenIfTheCallerIgnoresItsChildren) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run(shell("exit 4")).status, 4);
  static_cast<void>(std::signal(SIGCHLD, before));
}

TEST(Run, CommandWithoutAProgramIsRefused) {
  EXPECT_THROW(static_cast<void>(run(Command{})), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
