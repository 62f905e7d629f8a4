/// Runs one child program without a shell, waits for it, and tells what it took.
///
/// Errors: StartError if the program cannot be started; std::system_error if the system refuses
/// something else (fork, pipe).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"
#include "mpisize/base/units.hpp"

namespace mpisize {

/// What to run and how.
struct Command {
  std::vector<std::string> argv;                   ///< The program, then its arguments; not empty.
  std::map<std::string, std::string> environment;  ///< Set besides our own.
  std::optional<std::filesystem::path> output;     ///< stdout goes to this file; empty: inherited.
  std::optional<std::filesystem::path> errors;     ///< stderr likewise; may be the same file.
  bool input = true;                               ///< stdin inherited; false: /dev/null.
  std::optional<std::filesystem::path> directory;  ///< In which it runs; empty: ours.
  std::optional<int> input_from;                   ///< An open file that is its stdin instead.
  std::optional<Seconds> timeout;                  ///< Then SIGTERM to its process group.
  std::function<bool()> go_on;  ///< Asked every period; false ends it as a timeout does.
  Seconds period{0.1};
  Seconds grace{5};  ///< From SIGTERM to SIGKILL.
};

/// What a finished child took. Times and memory count its descendants that were waited for.
struct ChildRun {
  Seconds wall{};
  Seconds user{};
  Seconds system{};
  Bytes peak_resident{};      ///< Of the largest process; never below our own at the start (Linux).
  std::optional<int> status;  ///< Exit status; empty if a signal ended it.
  std::optional<int> signal;  ///< Signal that ended it.
  bool timed_out = false;
  bool stopped = false;          ///< go_on said no.
  std::optional<int> passed_on;  ///< Last signal that was meant for us and went to the child.

  /// What a shell would report: the status, or 128 + signal.
  [[nodiscard]] int exit_code() const;
};

/// The program is not there (exit code 127) or cannot be executed (126). what() names it.
class StartError : public InputError {
 public:
  StartError(const std::string& sentence, int exit_code)
      : InputError(sentence), exit_code_(exit_code) {}
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// Full path of a program: as given if the name has a slash, else the first executable file of that
/// name in `path` (the PATH variable). Throws StartError.
[[nodiscard]] std::filesystem::path find_program(const std::string& name, const std::string& path);
[[nodiscard]] std::filesystem::path find_program(const std::string& name);

/// Runs the command to its end. The child has its own process group; on a terminal it becomes the
/// foreground group meanwhile. SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 sent to us go to the
/// child. Call it from the main thread of a program without other threads.
[[nodiscard]] ChildRun run(const Command& command);

}  // namespace mpisize
