/// Items that compute and items that sleep.
#pragma once

#include <cstdint>

#include "mpisize/base/units.hpp"

namespace bench {

/// A chain of dependent integer operations: a fixed amount of work, however long it takes.
std::uint64_t compute(std::int64_t steps);

/// Steps of compute() in one second on a quiet core: the fastest of many short stretches.
[[nodiscard]] double steps_per_second();

/// Timer slack of this thread to 1 ns, so that a sleep ends when it should (prctl(2)).
void sharpen_sleep();

/// What an item does: computes an amount that takes `time` on a quiet core, or sleeps for it.
/// Returns the wall time that it took.
class Worker {
 public:
  /// `steps_per_second` is not used by sleeping items.
  Worker(bool sleeping, double steps_per_second)
      : sleeping_(sleeping), steps_per_second_(steps_per_second) {}
  [[nodiscard]] mpisize::Seconds operator()(mpisize::Seconds time) const;

 private:
  bool sleeping_;
  double steps_per_second_;
};

}  // namespace bench
