/* transpose [ARGUMENTS]: a matrix of P x P blocks, a row of them on each rank; in C.  Arguments:
   law.h.

   A step: computing, then MPI_Alltoall, which transposes the matrix of blocks.  --bytes are of the
   whole matrix, so a pair of ranks exchanges b = bytes / P^2; with --weak they are of each rank's
   row, and b = bytes / P.

     T(P) = steps (t(P) + (P - 1) (alpha(b) + k b beta))

   with t(P) of law.h and k ranks that share a host's link, where the library exchanges pair after
   pair; for small b it takes ceil(log2 P) alpha(b P / 2) instead (Bruck 1997).

   Block q of rank r holds whole numbers, at first 31 r + 17 q + 1 + the place in the block; after
   each step x = (3 x + q) modulo law_modulus.

   checksum: sum of x (1000 r + q + 1) over all, modulo law_modulus. */

#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>

#include "law.h"

struct Row {
  int rank, ranks, block; /* block: numbers in one */
  int64_t* now;
  int64_t* next;
};

static struct Row row_of(const struct Law* law, int rank, int ranks) {
  const double parts = law_get(law, "weak") != 0 ? ranks : (double)ranks * ranks;
  const int numbers = (int)(law_get(law, "bytes") / parts / sizeof(int64_t));
  struct Row row = {rank, ranks, numbers > 0 ? numbers : 1, NULL, NULL};
  const size_t all = (size_t)ranks * (size_t)row.block;
  row.now = malloc(all * sizeof *row.now);
  row.next = malloc(all * sizeof *row.next);
  if (row.now == NULL || row.next == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  for (int q = 0; q < ranks; ++q) {
    for (int i = 0; i < row.block; ++i) {
      row.now[(size_t)q * (size_t)row.block + (size_t)i] = 31 * rank + 17 * q + 1 + i;
    }
  }
  return row;
}

static void step(struct Row* row) {
  MPI_Alltoall(row->now, row->block, MPI_INT64_T, row->next, row->block, MPI_INT64_T,
               MPI_COMM_WORLD);
  for (int q = 0; q < row->ranks; ++q) {
    int64_t* x = row->next + (size_t)q * (size_t)row->block;
    for (int i = 0; i < row->block; ++i) x[i] = (3 * x[i] + q) % law_modulus;
  }
  int64_t* last = row->now;
  row->now = row->next;
  row->next = last;
}

static int64_t checksum(const struct Row* row) {
  int64_t mine = 0;
  for (int q = 0; q < row->ranks; ++q) {
    const int64_t* x = row->now + (size_t)q * (size_t)row->block;
    for (int i = 0; i < row->block; ++i) {
      mine = (mine + x[i] * (1000 * row->rank + q + 1)) % law_modulus;
    }
  }
  int64_t sum = 0;
  MPI_Reduce(&mine, &sum, 1, MPI_INT64_T, MPI_SUM, 0, MPI_COMM_WORLD);
  return sum % law_modulus;
}

int main(int argc, char** argv) {
  int rank = 0;
  int ranks = 1;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  struct Law* law = law_begin(rank, ranks);
  struct Row row = row_of(law, rank, ranks);
  MPI_Barrier(MPI_COMM_WORLD);
  const double start = MPI_Wtime();
  const int steps = (int)law_get(law, "steps");
  for (int i = 0; i < steps; ++i) {
    law_compute(law, law_share(law, rank, ranks));
    step(&row);
  }
  const int64_t sum = checksum(&row);
  const double elapsed = MPI_Wtime() - start;
  double mine[law_counters];
  double most[law_counters];
  double total[law_counters];
  law_count(law, mine);
  MPI_Reduce(mine, most, law_counters, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  MPI_Reduce(mine, total, law_counters, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (rank == 0) law_print(law, "transpose", ranks, (double)sum, elapsed, most, total);
  free(row.now);
  free(row.next);
  law_end(law);
  MPI_Finalize();
  return 0;
}
