// The program behind `mpisize run` cannot tell, and neither can who started it: exit status,
// signals, stdin, stdout and stderr are those of bare mpirun, beside which each is tried.

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "child.hpp"
#include "command_test.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using testing::Child;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::Words;

[[noreturn]] void become(const Words& argv) {
  std::vector<char*> pointers;
  Words words = argv;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers.front(), pointers.data());
  _exit(Child::threw);
}

int number_in(const std::string& text) {
  int number = 0;
  std::istringstream(text) >> number;
  return number;
}

/// Polls until it holds; false after half a minute.
template <class Condition>
bool eventually(Condition condition) {
  const Seconds start = now();
  while (!condition()) {
    if (now() - start > Seconds(30)) return false;
    polite_sleep(Seconds(0.01));
  }
  return true;
}

/// A line of mpirun's in the ways in which it can be started.
class Wrap : public testing::CommandTest {
 protected:
  void SetUp() override {
    PlanFile plan;
    plan.choice.plan.verdict = Verdict::parallel;
    plan.choice.plan.layout = {1, 2, 1};
    plan.choice.predicted.total = {Seconds(1), Seconds(1), Seconds(1)};
    static_cast<void>(write("plan.json", to_json(plan)));
    setenv("XDG_CACHE_HOME", folder("cache").c_str(), 1);
  }

  /// mpirun bare, behind --as-given, and by a plan of as many ranks.
  [[nodiscard]] std::vector<Words> ways(const Words& program) const {
    const Words mpirun{"mpirun", "--oversubscribe", "-n", "2"};
    std::vector<Words> ways{
        mpirun,
        {MPISIZE_COMMAND, "run", "--quiet", "--as-given", "--"},
        {MPISIZE_COMMAND, "run", "--quiet", "--plan", file("plan.json").string(), "--"}};
    for (std::size_t i = 1; i < ways.size(); ++i) {
      ways[i].insert(ways[i].end(), mpirun.begin(), mpirun.end());
    }
    for (Words& way : ways) way.insert(way.end(), program.begin(), program.end());
    return ways;
  }

  [[nodiscard]] Words script(const std::string& text) const {
    return {"sh", "-c", text, file("").string()};
  }

  /// Runs to the end; stdin is what a shell's `input` prints.
  [[nodiscard]] Outcome run_piped(const std::string& input, const Words& way) const {
    Command command;
    command.argv = {"sh", "-c", input + " | \"$@\"", "sh"};
    command.argv.insert(command.argv.end(), way.begin(), way.end());
    return finish(command);
  }

  [[nodiscard]] Outcome finish(Command command) const {
    command.output = folder("out");
    command.errors = folder("err");
    command.timeout = Seconds(60);
    return CommandTest::finish(command);
  }

  [[nodiscard]] Outcome run_alone(const Words& way) const {
    Command command;
    command.argv = way;
    command.input = false;
    return finish(command);
  }
};

TEST_F(Wrap, ExitStatusIsThatOfBareMpirun) {
  struct Case {
    std::string text;
    int code;
  };
  for (const auto& [text, code] : std::vector<Case>{{"exit 0", 0},
                                                    {"exit 1", 1},
                                                    {"exit 3", 3},
                                                    {"kill -SEGV $$", 128 + SIGSEGV},
                                                    {"kill -KILL $$", 128 + SIGKILL}}) {
    for (const Words& way : ways(script(text))) {
      EXPECT_EQ(run_alone(way).code, code) << text << ": " << ::testing::PrintToString(way);
    }
  }
}

TEST_F(Wrap, LauncherThatIsKilledIs137) {
  for (const Words& way : ways(script("kill -KILL $PPID; sleep 1"))) {
    EXPECT_EQ(run_alone(way).code, 128 + SIGKILL) << ::testing::PrintToString(way);
  }
}

TEST_F(Wrap, SignalsReachTheProgramAndEndAsBareMpirunDoes) {
  for (const int number : {SIGINT, SIGTERM}) {
    std::vector<int> codes;
    for (const Words& way :
         ways(script(R"(echo $$ > "$0/rank.$OMPI_COMM_WORLD_RANK"; sleep 60)"))) {
      for (const char* const rank : {"rank.0", "rank.1"}) fs::remove(file(rank));
      Child child([&]() -> int {
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        become(way);
      });
      const auto pid_in = [&](const std::string& name) {
        return fs::exists(file(name)) ? number_in(read_file(file(name))) : 0;
      };
      ASSERT_TRUE(eventually([&] { return pid_in("rank.0") > 0 && pid_in("rank.1") > 0; }));
      kill(child.id(), number);
      codes.push_back(child.wait());
      for (const char* const rank : {"rank.0", "rank.1"}) {
        const int pid = pid_in(rank);
        EXPECT_TRUE(eventually([&] { return kill(pid, 0) != 0; })) << "rank goes on";
      }
    }
    EXPECT_THAT(codes, ::testing::Each(codes.front())) << "signal " << number;
    EXPECT_NE(codes.front(), 0);
  }
}

TEST_F(Wrap, PipeOnStdinReachesRank0ByteByByte) {
  const std::string input = "seq 1 300000";
  const auto cat = script(R"(if [ "$OMPI_COMM_WORLD_RANK" = 0 ]; then cksum; fi)");
  std::vector<Outcome> ended;
  for (const Words& way : ways(cat)) ended.push_back(run_piped(input, way));
  EXPECT_THAT(ended, ::testing::Each(ended.front()));
  Command direct;
  direct.argv = {"sh", "-c", input + " | cksum"};
  EXPECT_EQ(ended.front().out, finish(direct).out);
}

TEST_F(Wrap, FileOnStdinIsReadByRank0) {
  write_file(file("numbers"), "1 2 3\n");
  const auto cat = script(R"(if [ "$OMPI_COMM_WORLD_RANK" = 0 ]; then cat; fi)");
  for (const Words& way : ways(cat)) {
    Command command;
    command.argv = {"sh", "-c", "exec \"$@\" <\"$0\"", file("numbers").string()};
    command.argv.insert(command.argv.end(), way.begin(), way.end());
    EXPECT_EQ(finish(command).out, "1 2 3\n") << ::testing::PrintToString(way);
  }
}

TEST_F(Wrap, StdoutAndStderrAreKeptApart) {
  const auto both =
      script(R"(if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then echo out; echo err >&2; fi)");
  for (const Words& way : ways(both)) {
    EXPECT_EQ(run_alone(way), (Outcome{0, "out\n", "err\n"})) << ::testing::PrintToString(way);
  }
}

TEST_F(Wrap, HundredMegabytesOfStdoutComeByteByByteThroughAPipe) {
  const auto much =
      script(R"(if [ "$OMPI_COMM_WORLD_RANK" = 0 ]; then seq 1 12000000 | head -c 100000000; fi)");
  std::vector<std::string> sums;
  for (const Words& way : ways(much)) {
    Command command;
    command.argv = {"sh", "-c", "\"$@\" | sha256sum", "sh"};
    command.argv.insert(command.argv.end(), way.begin(), way.end());
    const Seconds start = now();
    sums.push_back(finish(command).out);
    std::printf("%.2f s: %s %s\n", (now() - start).value(), way[0].c_str(),
                way[0] == "mpirun" ? "" : way[3].c_str());
  }
  Command direct;
  direct.argv = {"sh", "-c", "seq 1 12000000 | head -c 100000000 | sha256sum"};
  EXPECT_THAT(sums, ::testing::Each(finish(direct).out));
}

TEST_F(Wrap, ReaderThatGoesAwayEndsTheProgramAsItDoesBare) {
  std::vector<std::string> seen;
  for (const Words& way : ways(script("yes"))) {
    Command command;
    command.argv = {"sh", "-c", "\"$@\" 2>/dev/null | head -c 4", "sh"};
    command.argv.insert(command.argv.end(), way.begin(), way.end());
    seen.push_back(finish(command).out);
  }
  EXPECT_THAT(seen, ::testing::Each(std::string("y\ny\n")));
}

// A terminal
// ---------------------------------------------------------------------------------------------

/// What a line prints on a terminal where `typed` is typed once it has printed "ready".
struct OnTerminal {
  int code = 0;
  std::string text;
};

OnTerminal on_terminal(const Words& way, const std::string& typed) {
  int terminal = -1;
  const pid_t pid = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid == 0) become(way);
  OnTerminal ended;
  bool is_typed = false;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(terminal, buffer.data(), buffer.size())) > 0;) {
    ended.text.append(buffer.data(), static_cast<std::size_t>(n));
    if (!is_typed && ended.text.find("ready") != std::string::npos) {
      is_typed = ::write(terminal, typed.data(), typed.size()) > 0;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  close(terminal);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

TEST_F(Wrap, WhatIsTypedReachesTheProgram) {
  const auto ask = script(
      R"(if [ "$OMPI_COMM_WORLD_RANK" = 0 ]; then echo ready; read line; echo got $line; fi)");
  for (const Words& way : ways(ask)) {
    const OnTerminal ended = on_terminal(way, "a word\n");
    EXPECT_THAT(ended.text, HasSubstr("got a word")) << ::testing::PrintToString(way);
    EXPECT_EQ(ended.code, 0);
  }
}

TEST_F(Wrap, InterruptKeyEndsAsBareMpirunDoes) {
  std::vector<int> codes;
  for (const Words& way : ways(script("echo ready; sleep 60"))) {
    codes.push_back(on_terminal(way, "\x03").code);
  }
  EXPECT_THAT(codes, ::testing::Each(codes.front()));
  EXPECT_NE(codes.front(), 0);
}

}  // namespace
}  // namespace mpisize
