#include "mpisize/measure/self.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace mpisize {
namespace {

constexpr double nanosecond = 1e-9;

Seconds read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return Seconds(static_cast<double>(t.tv_sec) + nanosecond * static_cast<double>(t.tv_nsec));
}

/// Value of a "Name:   123 kB" line of /proc/self/status.
std::optional<std::int64_t> status_field(std::string_view name) {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.size() <= name.size() || line[name.size()] != ':' || line.rfind(name, 0) != 0)
      continue;
    std::int64_t value = 0;
    if (std::istringstream(line.substr(name.size() + 1)) >> value) return value;
  }
  return std::nullopt;
}

std::optional<Bytes> memory_field(std::string_view name) {
  const auto kilobytes = status_field(name);
  if (!kilobytes) return std::nullopt;
  return Bytes(*kilobytes * 1024);
}

}  // namespace

Seconds now() { return read_clock(CLOCK_MONOTONIC); }

Seconds thread_cpu_time() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

Seconds process_cpu_time() { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

RunQueueClock::RunQueueClock() : file_(open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

RunQueueClock::~RunQueueClock() {
  if (file_ >= 0) close(file_);
}

RunQueueClock::RunQueueClock(RunQueueClock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

RunQueueClock& RunQueueClock::operator=(RunQueueClock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

std::optional<Seconds> RunQueueClock::read() const {
  if (file_ < 0) return std::nullopt;
  std::array<char, 96> text{};
  const ssize_t length = pread(file_, text.data(), text.size() - 1, 0);
  if (length <= 0) return std::nullopt;
  // "running waiting timeslices", the first two in nanoseconds.
  char* end = nullptr;
  static_cast<void>(std::strtoull(text.data(), &end, 10));
  if (end == text.data() || *end != ' ') return std::nullopt;
  const char* const second = end;
  const auto waited = std::strtoull(second, &end, 10);
  if (end == second) return std::nullopt;
  return Seconds(nanosecond * static_cast<double>(waited));
}

std::optional<Seconds> run_queue_wait() {
  thread_local const RunQueueClock clock;
  return clock.read();
}

std::optional<Bytes> resident_memory() { return memory_field("VmRSS"); }

std::optional<Bytes> peak_resident_memory() { return memory_field("VmHWM"); }

int thread_count() {
  const auto threads = status_field("Threads");
  return threads && *threads > 0 ? static_cast<int>(*threads) : 1;
}

std::optional<Seconds> process_age() {
  // proc(5): field 22 of stat is the start, in ticks since boot; field 2 may hold spaces and
  // brackets.
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const auto bracket = text.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(bracket + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (!(fields >> ticks) || ticks_per_second <= 0) return std::nullopt;
  return std::max(Seconds(0), read_clock(CLOCK_BOOTTIME) - Seconds(ticks / ticks_per_second));
}

void polite_sleep(Seconds time) {
  if (!(time > Seconds(0))) return;
  const double whole = std::floor(time.value());
  timespec left{static_cast<time_t>(whole), static_cast<long>((time.value() - whole) / nanosecond)};
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
  }
}

std::optional<Seconds> machine_cpu_time() {
  std::ifstream file("/proc/stat");
  std::string name;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double iowait = 0;
  double irq = 0;
  double softirq = 0;
  double steal = 0;
  file >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (!file || name != "cpu" || ticks_per_second <= 0) return std::nullopt;
  return Seconds((user + nice + system + irq + softirq + steal) / ticks_per_second);
}

}  // namespace mpisize
