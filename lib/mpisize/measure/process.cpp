#include "mpisize/measure/process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

constexpr int not_found = 127;
constexpr int not_executable = 126;

std::string words(int error) { return std::generic_category().message(error); }

[[noreturn]] void throw_system(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// An open file that closes itself.
class File {
 public:
  explicit File(int descriptor = -1) : descriptor_(descriptor) {}
  ~File() { reset(); }
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int get() const { return descriptor_; }
  void reset() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

constexpr int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

/// Signals are taken by sigtimedwait while this lives; ignored ones (nohup) stay ignored.
class WaitedSignals {
 public:
  WaitedSignals() {
    sigemptyset(&set_);
    for (const int number : forwarded) {
      struct sigaction action {};
      sigaction(number, nullptr, &action);
      if (action.sa_handler != SIG_IGN) sigaddset(&set_, number);
    }
    sigaddset(&set_, SIGCHLD);
    sigset_t blocked = set_;
    sigaddset(&blocked, SIGTTOU);  // sent to who takes the terminal back from the background
    sigprocmask(SIG_BLOCK, &blocked, &before_);
    // With SIGCHLD ignored the kernel reaps the child itself, and its status and times are lost.
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &usual, &child_before_);
  }
  ~WaitedSignals() { restore(); }
  WaitedSignals(const WaitedSignals&) = delete;
  WaitedSignals& operator=(const WaitedSignals&) = delete;

  /// Also for the child, between fork and exec.
  void restore() const {
    sigaction(SIGCHLD, &child_before_, nullptr);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  /// Next signal within the time; 0 if none came.
  [[nodiscard]] int wait(Seconds most) const {
    const double left = std::max(0.0, most.value());
    timespec time{static_cast<time_t>(left),
                  static_cast<long>((left - static_cast<double>(static_cast<time_t>(left))) * 1e9)};
    const int number = sigtimedwait(&set_, nullptr, &time);
    return number > 0 ? number : 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  struct sigaction child_before_ {};
};

/// Lends the terminal of stdin to the child's process group, as a shell does.
class Terminal {
 public:
  explicit Terminal(bool wanted)
      : lendable_(wanted && isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp()) {}
  ~Terminal() { take_back(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void lend(pid_t group) const {
    if (lendable_) tcsetpgrp(STDIN_FILENO, group);
  }
  void take_back() const { lend(getpgrp()); }
  [[nodiscard]] bool lendable() const { return lendable_; }

 private:
  bool lendable_;
};

File open_output(const std::optional<std::filesystem::path>& path, int flags) {
  if (!path) return File();
  constexpr mode_t everyone = 0666;
  File file(open(path->c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, everyone));
  if (file.get() < 0) {
    throw InputError("cannot write '" + path->string() + "': " + words(errno) +
                     "; give a path that can be written");
  }
  return file;
}

std::vector<std::string> child_environment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (!extra.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : extra)
    result.push_back(std::string(name).append("=").append(value));
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::string search_path(const Command& command) {
  const auto own = command.environment.find("PATH");
  if (own != command.environment.end()) return own->second;
  const char* const path = std::getenv("PATH");
  return path == nullptr ? "/usr/bin:/bin" : path;
}

bool is_executable_file(const std::filesystem::path& path) {
  std::error_code none;
  return std::filesystem::is_regular_file(path, none) && access(path.c_str(), X_OK) == 0;
}

StartError refused(const std::string& name, const std::filesystem::path& path) {
  std::error_code none;
  const std::string what =
      std::filesystem::is_directory(path, none) ? "' is a directory" : "' is not executable";
  return {"program '" + name + what + "; give an executable file (chmod +x)", not_executable};
}

/// A child that was started and is waited for.
class Child {
 public:
  Child(const Command& command, const WaitedSignals& signals, const Terminal& terminal);
  [[nodiscard]] ChildRun wait(const WaitedSignals& signals, const Terminal& terminal) const;

 private:
  [[nodiscard]] bool ended() const;
  void stop_with(const Terminal& terminal) const;

  const Command& command_;
  Seconds started_{};
  pid_t pid_ = -1;
};

Child::Child(const Command& command, const WaitedSignals& signals, const Terminal& terminal)
    : command_(command) {
  const std::string program = find_program(command.argv.front(), search_path(command)).string();
  auto argv = command.argv;
  auto environment = child_environment(command.environment);
  const auto argv_pointers = pointers(argv);
  const auto environment_pointers = pointers(environment);
  const bool inherits = command.input || command.input_from;
  const File nothing(inherits ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int input = command.input_from.value_or(nothing.get());
  const File output = open_output(command.output, O_TRUNC);
  const bool shared = command.errors && command.errors == command.output;
  const File errors = shared ? File() : open_output(command.errors, O_TRUNC);
  const int error_file = shared ? output.get() : errors.get();

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_system("pipe");
  File reader(ends[0]);
  File writer(ends[1]);
  const pid_t parent = getpid();
  const char* const directory = command.directory ? command.directory->c_str() : nullptr;
  started_ = now();
  pid_ = fork();
  if (pid_ < 0) throw_system("fork");
  if (pid_ == 0) {
    setpgid(0, 0);
    terminal.lend(getpid());
    if (input >= 0) dup2(input, STDIN_FILENO);
    if (output.get() >= 0) dup2(output.get(), STDOUT_FILENO);
    if (error_file >= 0) dup2(error_file, STDERR_FILENO);
    signals.restore();
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // its group is its own, so nothing else would end it with us
    if (getppid() == parent && (directory == nullptr || chdir(directory) == 0)) {
      execve(program.c_str(), argv_pointers.data(), environment_pointers.data());
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t told = write(writer.get(), &error, sizeof error);
    _exit(not_found);
  }
  setpgid(pid_, pid_);  // here too: whoever comes first
  terminal.lend(pid_);
  writer.reset();
  int error = 0;
  ssize_t length = 0;
  do {
    length = read(reader.get(), &error, sizeof error);
  } while (length < 0 && errno == EINTR);
  if (length == static_cast<ssize_t>(sizeof error)) {
    waitpid(pid_, nullptr, 0);
    throw StartError("program '" + command.argv.front() + "' cannot be executed (" + words(error) +
                         "); give a program of this machine, or a script whose '#!' line names one",
                     not_executable);
  }
}

/// Whether it has ended; it is not reaped yet, so its process group is still its own.
bool Child::ended() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

/// If the terminal stopped the child (Ctrl-Z): stop as well, and go on together.
void Child::stop_with(const Terminal& terminal) const {
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG) != 0 ||
      info.si_pid != pid_) {
    return;
  }
  terminal.take_back();
  kill(0, SIGSTOP);
  terminal.lend(pid_);
  kill(-pid_, SIGCONT);
}

/// Ends what runs too long: SIGTERM, after the grace SIGKILL.
class Ender {
 public:
  Ender(const Command& command, pid_t group) : command_(command), group_(group) {}
  /// Until something is to be done; empty: nothing is due by itself.
  [[nodiscard]] std::optional<Seconds> due(Seconds started) const {
    if (killed_) return std::nullopt;
    if (ending_) return ended_at_ + command_.grace - now();
    if (!command_.timeout) return std::nullopt;
    return started + *command_.timeout - now();
  }
  void act() {
    kill(-group_, ending_ ? SIGKILL : SIGTERM);
    killed_ = ending_;
    if (!ending_) ended_at_ = now();
    ending_ = true;
  }
  [[nodiscard]] bool ending() const { return ending_; }

 private:
  const Command& command_;
  pid_t group_;
  bool ending_ = false;
  bool killed_ = false;
  Seconds ended_at_{};
};

ChildRun Child::wait(const WaitedSignals& signals, const Terminal& terminal) const {
  ChildRun result;
  Ender ender(command_, pid_);
  Seconds asked = started_;
  while (!ended()) {
    if (terminal.lendable()) stop_with(terminal);
    constexpr Seconds longest_wait{1};  // a lost SIGCHLD then does no harm
    Seconds wait = longest_wait;
    if (const auto due = ender.due(started_)) {
      wait = std::min(wait, *due);
      if (wait <= Seconds(0)) {
        result.timed_out = result.timed_out || !result.stopped;
        ender.act();
        continue;
      }
    }
    if (command_.go_on && !ender.ending()) {
      if (now() - asked >= command_.period) {
        asked = now();
        result.stopped = !command_.go_on();
        if (result.stopped) ender.act();
        continue;
      }
      wait = std::min(wait, asked + command_.period - now());
    }
    const int number = signals.wait(wait);
    if (number != 0 && number != SIGCHLD) {
      kill(-pid_, number);
      result.passed_on = number;
    }
  }
  result.wall = now() - started_;
  if (ender.ending()) kill(-pid_, SIGKILL);  // what it may have left behind

  int status = 0;
  rusage usage{};
  if (wait4(pid_, &status, 0, &usage) != pid_) throw_system("wait4");
  const auto seconds = [](const timeval& t) {
    return Seconds(static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec));
  };
  result.user = seconds(usage.ru_utime);
  result.system = seconds(usage.ru_stime);
  result.peak_resident = Bytes(std::int64_t{usage.ru_maxrss} * 1024);
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace

int ChildRun::exit_code() const {
  constexpr int signal_base = 128;
  return status ? *status : signal_base + signal.value_or(0);
}

std::filesystem::path find_program(const std::string& name, const std::string& path) {
  if (name.find('/') != std::string::npos) {
    if (is_executable_file(name)) return name;
    std::error_code error;
    if (std::filesystem::exists(name, error)) throw refused(name, name);
    if (error) {
      throw StartError("program '" + name + "' cannot be reached (" + error.message() +
                           "); give a path that you may read",
                       not_executable);
    }
    throw StartError("program '" + name + "' does not exist; check the path", not_found);
  }
  std::optional<std::filesystem::path> blocked;
  for (std::size_t from = 0; from <= path.size() && !name.empty();) {
    const std::size_t to = std::min(path.find(':', from), path.size());
    const std::filesystem::path folder = to == from ? "." : path.substr(from, to - from);
    auto candidate = folder / name;
    if (is_executable_file(candidate)) return candidate;
    std::error_code none;
    if (!blocked && std::filesystem::is_regular_file(candidate, none)) blocked = candidate;
    from = to + 1;
  }
  if (blocked) throw refused(blocked->string(), *blocked);
  throw StartError("program '" + name + "' is not in PATH; give its path (./" + name +
                       " if it is here), or install it",
                   not_found);
}

std::filesystem::path find_program(const std::string& name) {
  return find_program(name, search_path({}));
}

ChildRun run(const Command& command) {
  if (command.argv.empty()) throw std::invalid_argument("a command needs a program");
  const WaitedSignals signals;
  const Terminal terminal(command.input && !command.input_from);
  const Child child(command, signals, terminal);
  return child.wait(signals, terminal);
}

}  // namespace mpisize
