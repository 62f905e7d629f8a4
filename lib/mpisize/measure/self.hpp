/// What this process and this thread are doing: clocks, memory, threads. Linux (/proc).
#pragma once

#include <optional>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// Monotonic clock (CLOCK_MONOTONIC); only differences mean anything.
[[nodiscard]] Seconds now();

/// CPU time of the calling thread (CLOCK_THREAD_CPUTIME_ID).
[[nodiscard]] Seconds thread_cpu_time();

/// CPU time of all threads of this process (CLOCK_PROCESS_CPUTIME_ID).
[[nodiscard]] Seconds process_cpu_time();

/// Time a thread was runnable while no core was free: second field of /proc/thread-self/schedstat.
/// Keeps the file open, because opening it costs ten times what reading it does.
class RunQueueClock {
 public:
  /// Opens the clock of the calling thread; without kernel support it is there but reads empty.
  RunQueueClock();
  ~RunQueueClock();
  RunQueueClock(RunQueueClock&& other) noexcept;
  RunQueueClock& operator=(RunQueueClock&& other) noexcept;
  RunQueueClock(const RunQueueClock&) = delete;
  RunQueueClock& operator=(const RunQueueClock&) = delete;

  /// Total wait of the thread that made the clock; may be called from any thread.
  [[nodiscard]] std::optional<Seconds> read() const;

 private:
  int file_;
};

/// Total wait of the calling thread, from a clock kept per thread.
[[nodiscard]] std::optional<Seconds> run_queue_wait();

/// Resident memory of this process now (VmRSS of /proc/self/status).
[[nodiscard]] std::optional<Bytes> resident_memory();

/// Largest resident memory of this process so far (VmHWM).
[[nodiscard]] std::optional<Bytes> peak_resident_memory();

/// Threads of this process, at least 1.
[[nodiscard]] int thread_count();

/// Time since this process was started (resolution: one clock tick of the kernel, 10 ms).
[[nodiscard]] std::optional<Seconds> process_age();

/// Sleeps without burning the core; an interrupting signal does not shorten it. Overshoots by the
/// thread's timer slack (50 us unless changed).
void polite_sleep(Seconds time);

/// CPU time that all processes of the machine took since it was booted (/proc/stat: user, nice,
/// system, irq, softirq, steal); minus our own it is what others took.
[[nodiscard]] std::optional<Seconds> machine_cpu_time();

}  // namespace mpisize
