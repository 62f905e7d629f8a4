/// The clock of the layer: the processor's time-stamp counter where it counts at one rate whatever
/// the cores do and the kernel trusts it, CLOCK_MONOTONIC elsewhere.
#pragma once

#include <cstdint>
#include <ctime>

#ifdef __x86_64__
#include <x86intrin.h>
#endif

namespace mpisize::profile {

inline std::uint64_t nanoseconds(clockid_t clock) {
  constexpr std::uint64_t per_second = 1'000'000'000;
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * per_second + static_cast<std::uint64_t>(t.tv_nsec);
}

/// Set once, before any call is timed.
extern bool tick_by_tsc;

inline std::uint64_t ticks() {
#ifdef __x86_64__
  if (tick_by_tsc) [[likely]]
    return __rdtsc();
#endif
  return nanoseconds(CLOCK_MONOTONIC);
}

/// Chooses the clock; the first of the two points that seconds_per_tick() is found by.
void start_clock();

/// From the whole time since start_clock(): it gets better as the program goes on.
[[nodiscard]] double seconds_per_tick();

}  // namespace mpisize::profile
