// What is read from the system now and then: CPU time, peak memory, the rate of the clock.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "record.hpp"

namespace mpisize::profile {

constinit thread_local Thread thread{};
std::atomic<counters::File*> mapped{nullptr};
bool counting = false;
bool several_threads = false;
std::uint64_t next_refresh = 0;

namespace {

/// Reading /proc/self/status costs some 30 us: one look at it in so many refreshes.
constexpr unsigned refreshes_per_look = 100;
std::atomic<unsigned> refreshes{0};

/// VmHWM, in bytes; 0: unknown. Not getrusage: its maximum is inherited through exec.
std::uint64_t peak_resident() {
  const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 4096> text{};
  const ssize_t length = read(file, text.data(), text.size() - 1);
  close(file);
  if (length <= 0) return 0;
  constexpr const char* field = "\nVmHWM:";
  const char* const found = std::strstr(text.data(), field);
  if (found == nullptr) return 0;
  constexpr int decimal = 10;
  constexpr std::uint64_t kibibyte = 1024;
  return std::strtoull(found + std::strlen(field), nullptr, decimal) * kibibyte;
}

}  // namespace

void refresh(std::uint64_t now, bool all) {
  counters::File* const file = mapped.load(std::memory_order_relaxed);
  if (file == nullptr) return;
  const std::atomic_ref next(next_refresh);
  std::uint64_t due = next.load(std::memory_order_relaxed);
  // Of threads that find it due at once one does it.
  if (!next.compare_exchange_strong(due, now + rates.refresh) && !all) return;
  counters::Header& header = file->header;
  put(header.cpu, nanoseconds(CLOCK_PROCESS_CPUTIME_ID));
  put(header.seconds_per_tick, seconds_per_tick());
  if (!all && refreshes.fetch_add(1, std::memory_order_relaxed) % refreshes_per_look != 0) return;
  const std::uint64_t peak = peak_resident();
  if (peak != 0) put(header.peak_resident, peak);
}

}  // namespace mpisize::profile
