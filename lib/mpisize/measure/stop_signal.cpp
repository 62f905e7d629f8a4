#include "mpisize/measure/stop_signal.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <system_error>

namespace mpisize {
namespace {

constexpr std::int64_t second = 1'000'000'000;

// A handler has no argument of ours: what it touches must be global. All of it is lock-free, hence
// async-signal-safe.
std::atomic<int> pending{0};
std::atomic<std::int64_t> first_terminate{0};  // Nanoseconds of CLOCK_MONOTONIC; 0: none came.
std::atomic<int> objects{0};
struct sigaction terminate_at_first;  // Written before the handler that reads it is set.
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_in_nanoseconds() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * second + t.tv_nsec;
}

void note_warning(int number) {
  int none = 0;
  pending.compare_exchange_strong(none, number);
}

void note_terminate(int number) {
  const int error = errno;
  const std::int64_t now = now_in_nanoseconds();
  std::int64_t first = 0;
  if (!first_terminate.compare_exchange_strong(first, now) && now - first > second) {
    // Delivered on return from this handler, which blocks it, to what was there before us.
    sigaction(number, &terminate_at_first, nullptr);
    static_cast<void>(raise(number));
  }
  pending = number;
  errno = error;
}

void set_handler(int number, void (*handler)(int), struct sigaction* before) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // The kernel's own reads and writes go on.
  sigemptyset(&action.sa_mask);
  if (sigaction(number, &action, before) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot handle a signal");
  }
}

}  // namespace

StopSignal::StopSignal() {
  if (objects++ == 0) {
    pending = 0;
    first_terminate = 0;
    sigaction(SIGTERM, nullptr, &terminate_at_first);
  }
  try {
    set_handler(SIGTERM, note_terminate, &terminate_before_);
    set_handler(SIGUSR1, note_warning, &warn_before_);
  } catch (...) {
    --objects;
    throw;
  }
}

StopSignal::~StopSignal() {
  sigaction(SIGUSR1, &warn_before_, nullptr);
  sigaction(SIGTERM, &terminate_before_, nullptr);
  --objects;
}

// Not static: without an object nothing is noted.
// NOLINTNEXTLINE(readability-convert-member-functions-to-static)
std::optional<int> StopSignal::received() const {
  const int number = pending;
  if (number == 0) return std::nullopt;
  return number;
}

}  // namespace mpisize
