// measure/self.hpp on a simulated rank: time is simulated, a core is always free, items sleep.
#include "mpisize/measure/self.hpp"

#include <ctime>

namespace mpisize {
namespace {

constexpr double nanosecond = 1e-9;

}  // namespace

Seconds now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return Seconds(static_cast<double>(t.tv_sec) + nanosecond * static_cast<double>(t.tv_nsec));
}

Seconds thread_cpu_time() { return Seconds(0); }
Seconds process_cpu_time() { return Seconds(0); }

RunQueueClock::RunQueueClock() : file_(-1) {}
RunQueueClock::~RunQueueClock() = default;
RunQueueClock::RunQueueClock(RunQueueClock&& other) noexcept : file_(other.file_) {}
RunQueueClock& RunQueueClock::operator=(RunQueueClock&&) noexcept { return *this; }
std::optional<Seconds> RunQueueClock::read() const { return std::nullopt; }
std::optional<Seconds> run_queue_wait() { return std::nullopt; }

std::optional<Bytes> resident_memory() { return std::nullopt; }
std::optional<Bytes> peak_resident_memory() { return std::nullopt; }
int thread_count() { return 1; }
std::optional<Seconds> process_age() { return std::nullopt; }
std::optional<Seconds> machine_cpu_time() { return std::nullopt; }

void polite_sleep(Seconds time) {
  const double seconds = time.value();
  timespec left{static_cast<time_t>(seconds), 0};
  left.tv_nsec = static_cast<long>((seconds - static_cast<double>(left.tv_sec)) / nanosecond);
  nanosleep(&left, nullptr);
}

}  // namespace mpisize
