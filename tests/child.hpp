/// A child process of a test that is part of the test's own program.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <stdexcept>

namespace mpisize::testing {

/// Runs `action`, which returns the exit status, in a fork of the test.
class Child {
 public:
  static constexpr int threw = 99;

  template <class Action>
  explicit Child(Action action) : id_(fork()) {
    if (id_ < 0) throw std::runtime_error("no child process");
    if (id_ > 0) return;
    int status = threw;
    try {
      status = action();
    } catch (const std::exception&) {
      status = threw;
    }
    _exit(status);  // Neither GoogleTest nor a sanitizer has anything to say at the end.
  }
  ~Child() {
    if (id_ > 0) {
      kill(id_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }

  /// Exit status, or 128 and the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t id_;
};

}  // namespace mpisize::testing
