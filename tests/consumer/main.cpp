// Squares through mpisize::map on every rank of the job; compared at the root.
#include <cstdio>
#include <vector>

#include <mpi.h>
#include <mpisize/mpisize.hpp>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  std::vector<int> items;
  for (int i = 0; rank == 0 && i < 1000; ++i) {
    items.push_back(i);
  }
  mpisize::Options options;
  options.ranks = size;
  const auto [results, report] = mpisize::map(
      MPI_COMM_WORLD, items, [](int x) { return x * x; }, options);
  bool right = results.size() == items.size() && report.plan.layout.ranks() == size;
  for (std::size_t i = 0; right && i < results.size(); ++i) {
    right = results[i] == items[i] * items[i];
  }
  if (rank == 0) {
    std::printf("%d ranks: %s\n", size, right ? "right" : "WRONG");
  }
  MPI_Finalize();
  return right ? 0 : 1;
}
