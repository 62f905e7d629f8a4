/// How many items to compute between two looks at the messages, and how to time an item.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "mpisize/measure/self.hpp"

namespace mpisize {

/// Doubles or halves the number of items until a slice takes `shortest` to four times that:
/// messages are looked at often enough, and looking costs less than 1 %.
class ComputeSlice {
 public:
  explicit ComputeSlice(Seconds shortest = Seconds(10e-6)) : shortest_(shortest) {}
  [[nodiscard]] std::int64_t next(std::int64_t left) const { return std::min(items_, left); }
  void took(std::int64_t items, Seconds time) {
    if (time > shortest_ * 4) {
      items_ = std::max<std::int64_t>(1, items_ / 2);
    } else if (time < shortest_ && items == items_) {
      items_ *= 2;
    }
  }

 private:
  Seconds shortest_;
  std::int64_t items_ = 1;
};

/// What a stretch of computing took.
struct Lap {
  Seconds wall{};
  std::optional<Seconds> cpu;
  std::optional<Seconds> waited;
};

/// Of the wait for a core that the system has booked, what can belong to a stretch of `wall` in
/// which the thread ran for `ran`: the kernel may book a wait late, but a thread that ran did not
/// wait.
[[nodiscard]] constexpr Seconds wait_within(Seconds booked, Seconds wall, Seconds ran) {
  return std::min(booked, std::max(Seconds(0), wall - ran));
}

/// Wall time, CPU time of this process (threads of the kernel included) and this thread's wait for
/// a core, from construction to stop().
class Stopwatch {
 public:
  Stopwatch()
      : waited_(run_queue_wait()),
        cpu_(process_cpu_time()),
        own_(thread_cpu_time()),
        wall_(now()) {}
  [[nodiscard]] Lap stop() const {
    Lap lap;
    lap.wall = now() - wall_;
    lap.cpu = process_cpu_time() - cpu_;
    const auto waited = run_queue_wait();
    const Seconds ran = thread_cpu_time() - own_;
    if (waited_ && waited) lap.waited = wait_within(*waited - *waited_, lap.wall, ran);
    return lap;
  }

 private:
  std::optional<Seconds> waited_;
  Seconds cpu_;
  Seconds own_;  ///< CPU time of this thread.
  Seconds wall_;
};

/// what() of the exception that is being handled.
[[nodiscard]] inline std::string what_of_current() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

/// what() of the exception nested in `error`.
[[nodiscard]] inline std::string what_of_nested(const std::exception& error) {
  try {
    std::rethrow_if_nested(error);
  } catch (...) {
    return what_of_current();
  }
  return error.what();
}

}  // namespace mpisize
