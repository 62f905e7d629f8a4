/// What can go wrong in a command, beside the errors of the library, and the exit code of each.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {

/// The command line cannot be understood; what() names the value and the repair.
class UsageError : public InputError {
 public:
  explicit UsageError(const std::string& sentence) : InputError(sentence) {}
};

/// No plan meets the limits.
class InfeasibleError : public InputError {
 public:
  explicit InfeasibleError(const std::string& sentence) : InputError(sentence) {}
};

/// A signal that was meant for us went to the child: we end as it asks.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal) : signal_(signal) {}
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
  [[nodiscard]] int signal() const { return signal_; }

 private:
  int signal_;
};

/// Whose exit codes hold: `run` ends like its child and keeps clear of the child's codes.
enum class ExitCodes { of_run, of_others };

/// run: 125, or 126 / 127 for a program that cannot be started; others: 2 usage, 3 infeasible, 4
/// the rest.
[[nodiscard]] int exit_code_of(const std::exception& error, ExitCodes codes);

}  // namespace mpisize::tools
