#include "mpisize/mpi/polite_wait.hpp"

#include <sched.h>

#include <algorithm>

#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

constexpr Seconds patience{1e-3};
constexpr Seconds shortest_nap{50e-6};
constexpr Seconds longest_nap{1e-3};
constexpr int polls_between_looks_at_the_clock = 16;

}  // namespace

bool PoliteWait::pause() {
  // The clock is not looked at during a short wait: it costs as much as a poll.
  if (++polls_ == polls_between_looks_at_the_clock) {
    since_ = now();
    nap_ = shortest_nap;
  } else if (polls_ % polls_between_looks_at_the_clock == 0 || napping_) {
    napping_ = now() - since_ > patience;
    if (napping_) {
      polite_sleep(nap_);
      nap_ = std::min(longest_nap, nap_ * 1.5);
      return true;
    }
  }
  if (oversubscribed_) sched_yield();
  return false;
}

}  // namespace mpisize
