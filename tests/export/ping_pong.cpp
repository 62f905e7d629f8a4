// One-way times between rank 0 and the last rank, under SMPI: "BYTES SECONDS" a line for each size
// in argv.
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

/// Simulated time is exact: one round trip tells as much as many.
double round_trip(std::vector<char>& buffer, int rank, int peer) {
  const int count = static_cast<int>(buffer.size());
  const double start = MPI_Wtime();
  if (rank == 0) {
    MPI_Send(buffer.data(), count, MPI_CHAR, peer, 0, MPI_COMM_WORLD);
    MPI_Recv(buffer.data(), count, MPI_CHAR, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  } else {
    MPI_Recv(buffer.data(), count, MPI_CHAR, peer, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Send(buffer.data(), count, MPI_CHAR, peer, 0, MPI_COMM_WORLD);
  }
  return MPI_Wtime() - start;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int last = ranks - 1;
  for (int i = 1; i < argc && (rank == 0 || rank == last); ++i) {
    std::vector<char> buffer(static_cast<std::size_t>(std::atol(argv[i])));
    // The first one finds out when the other is there.
    round_trip(buffer, rank, rank == 0 ? last : 0);
    const double time = round_trip(buffer, rank, rank == 0 ? last : 0);
    if (rank == 0) std::printf("%s %.9g\n", argv[i], time / 2);
  }
  MPI_Finalize();
  return 0;
}
