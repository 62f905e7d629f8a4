// linked MODE: a program of a user, for linked_program_test.
//
//   sum     two calls, "outer" and "inner"; prints the sum of their results and "after the calls"
//   throw   a kernel that throws on the last rank; nobody catches what map throws

#include <mpi.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <mpisize/mpisize.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "sum";
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  std::vector<double> items(rank == 0 ? 60 : 0);
  std::iota(items.begin(), items.end(), 1.0);
  std::printf("buffered on %d\n", rank);  // Flushed by whoever ends the program in good order.
  const auto kernel = [&](double x) {
    if (mode == "throw" && rank == size - 1) throw std::runtime_error("no luck");
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    return x;
  };
  mpisize::Options options;
  options.name = "outer";
  double sum = 0;
  for (const char* name : {"outer", "inner"}) {
    options.name = name;
    const auto outcome = mpisize::map(MPI_COMM_WORLD, items, kernel, options);
    for (const double x : outcome.results) sum += x;
    if (rank == 0) std::cout << "done " << name << "\n";
  }
  if (rank == 0) std::cout << "sum " << sum << "\n";
  std::cout << "after the calls\n";
  MPI_Finalize();
  return 0;
}
