#include "work.hpp"

#include <sys/prctl.h>

#include <algorithm>

#include "mpisize/measure/self.hpp"

namespace bench {

using mpisize::now;
using mpisize::Seconds;

std::uint64_t compute(std::int64_t steps) {
  // Knuth's linear congruential generator (MMIX): each step waits for the one before.
  std::uint64_t state = 1;
  for (std::int64_t i = 0; i < steps; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    asm volatile("" : "+r"(state));  // Neither unrolled into a closed form nor dropped.
  }
  return state;
}

double steps_per_second() {
  constexpr int stretches = 400;
  constexpr std::int64_t steps = 200000;
  Seconds fastest{1};
  for (int i = 0; i < stretches; ++i) {
    const Seconds began = now();
    compute(steps);
    fastest = std::min(fastest, now() - began);
  }
  return static_cast<double>(steps) / fastest.value();
}

void sharpen_sleep() { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

Seconds Worker::operator()(Seconds time) const {
  const Seconds began = now();
  if (sleeping_) {
    mpisize::polite_sleep(time);
  } else {
    compute(static_cast<std::int64_t>(time.value() * steps_per_second_));
  }
  return now() - began;
}

}  // namespace bench
