#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {

void wait_politely(MPI_Request& request) {
  PoliteWait wait(true);
  for (int done = 0; done == 0;) {
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0) wait.pause();
  }
}

}  // namespace mpisize
