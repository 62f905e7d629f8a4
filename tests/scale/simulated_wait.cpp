// mpi/polite_wait.hpp on a simulated rank: as there, but all ranks except the root let 5 us pass
// between polls. A thousand ranks that poll each microsecond would be simulated poll by poll.
#include <algorithm>

#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

constexpr Seconds between_polls{5e-6};
constexpr Seconds longest_nap{1e-3};
constexpr int hard_polls = 200;  // A millisecond.

}  // namespace

bool PoliteWait::pause() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  const bool at_root = rank == 0;  // One rank is cheap to simulate.
  if (++polls_ <= (at_root ? 5 * hard_polls : hard_polls)) {
    nap_ = Seconds(50e-6);
    if (!at_root) polite_sleep(between_polls);
    return false;
  }
  polite_sleep(nap_);
  nap_ = std::min(longest_nap, nap_ * 1.5);
  return true;
}

}  // namespace mpisize
