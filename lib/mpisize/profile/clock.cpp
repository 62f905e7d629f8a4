#include "clock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "mpisize/measure/counter_format.hpp"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace mpisize::profile {

bool tick_by_tsc = false;

namespace {

constexpr double nanosecond = 1e-9;

std::uint64_t first_tick = 0;
std::uint64_t first_nanosecond = 0;

#ifdef __x86_64__
/// Intel SDM volume 3, 18.17.1: CPUID leaf 8000_0007H, EDX bit 8.
bool has_invariant_tsc() {
  constexpr unsigned leaf = 0x80000007;
  constexpr unsigned invariant = 1U << 8U;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(leaf, &eax, &ebx, &ecx, &edx) != 0 && (edx & invariant) != 0;
}

/// The kernel falls back to one of these where the counters of the cores differ.
bool kernel_distrusts_tsc() {
  const int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                        O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 32> text{};
  const ssize_t length = read(file, text.data(), text.size() - 1);
  close(file);
  if (length <= 0) return false;
  for (const char* bad : {"hpet", "acpi_pm", "jiffies", "refined-jiffies"}) {
    if (std::strncmp(text.data(), bad, std::strlen(bad)) == 0) return true;
  }
  return false;
}
#endif

}  // namespace

void start_clock() {
#ifdef __x86_64__
  const char* const asked = std::getenv(counters::clock_variable);
  const bool monotonic = asked != nullptr && std::strcmp(asked, "monotonic") == 0;
  tick_by_tsc = !monotonic && has_invariant_tsc() && !kernel_distrusts_tsc();
#endif
  first_nanosecond = nanoseconds(CLOCK_MONOTONIC);
  first_tick = ticks();
}

double seconds_per_tick() {
  if (!tick_by_tsc) return nanosecond;
  const std::uint64_t elapsed = nanoseconds(CLOCK_MONOTONIC) - first_nanosecond;
  const std::uint64_t counted = ticks() - first_tick;
  if (counted == 0 || elapsed == 0) return nanosecond;
  return nanosecond * static_cast<double>(elapsed) / static_cast<double>(counted);
}

}  // namespace mpisize::profile
