#include "mpisize/measure/work_rate.hpp"

#include <fstream>
#include <functional>
#include <string>

#include "mpisize/measure/self.hpp"

namespace mpisize {

double work_rate(Seconds time) {
  constexpr int steps_at_a_time = 20000;
  const Seconds begin = now();
  const Seconds end = begin + time;
  double steps = 0;
  volatile std::uint64_t kept = 1;
  do {
    std::uint64_t x = kept;
    for (int i = 0; i < steps_at_a_time; ++i) x = x * 6364136223846793005U + 1442695040888963407U;
    kept = x;
    steps += steps_at_a_time;
  } while (now() < end);
  return steps / (now() - begin).value();
}

std::uint32_t kernel_identity() {
  std::string id;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  if (!std::getline(file, id)) return 0;
  return static_cast<std::uint32_t>(std::hash<std::string>{}(id));
}

}  // namespace mpisize
