/// Waiting without burning a core.
#pragma once

#include <mpi.h>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// Call pause() after each poll that found nothing, reset() after one that found something. The
/// first millisecond polls hard (or yields, where ranks outnumber cores), then it naps, 50 us
/// growing to 1 ms.
class PoliteWait {
 public:
  explicit PoliteWait(bool oversubscribed) : oversubscribed_(oversubscribed) {}
  void reset() {
    polls_ = 0;
    napping_ = false;
  }
  /// True if it was a nap.
  bool pause();

 private:
  bool oversubscribed_;
  bool napping_ = false;
  int polls_ = 0;
  Seconds since_{};
  Seconds nap_{};
};

/// Waits for a request without burning a core.
void wait_politely(MPI_Request& request);

}  // namespace mpisize
