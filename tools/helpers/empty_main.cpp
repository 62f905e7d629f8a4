// mpisize-empty: starts MPI and ends it. How long a launch of it takes is what launching costs.

#include <mpi.h>

#include <cstdlib>

int main(int argc, char** argv) {
  if (MPI_Init(&argc, &argv) != MPI_SUCCESS) return EXIT_FAILURE;
  return MPI_Finalize() == MPI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
