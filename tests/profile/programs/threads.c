/* threads THREADS CALLS: every OpenMP thread sends as many messages to its own rank. */
#include <mpi.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 2, calls = argc > 2 ? atoi(argv[2]) : 10;
  int provided, rank, spoiled = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
  if (provided != MPI_THREAD_MULTIPLE) {
    fprintf(stderr, "no MPI_THREAD_MULTIPLE\n");
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm alone;
  MPI_Comm_split(MPI_COMM_WORLD, rank, 0, &alone);
#pragma omp parallel num_threads(threads) reduction(+ : spoiled)
  {
    double word = omp_get_thread_num(), got = -1;
    for (int i = 0; i < calls; ++i) {
      MPI_Request request;
      MPI_Isend(&word, 1, MPI_DOUBLE, 0, omp_get_thread_num(), alone, &request);
      MPI_Recv(&got, 1, MPI_DOUBLE, 0, omp_get_thread_num(), alone, MPI_STATUS_IGNORE);
      MPI_Wait(&request, MPI_STATUS_IGNORE);
      if (got != word) ++spoiled;
    }
  }
  MPI_Comm_free(&alone);
  MPI_Finalize();
  return spoiled != 0;
}
