// square [OPTIONS]: squares numbers through mpisize::map and prints their sum. A program for the
// tests of the command.
//
//   --items N      numbers 1 to N (default 1000)
//   --stdin        numbers are read from stdin instead
//   --work US      computing per number, in microseconds (default 0)
//   --name NAME    Options::name of the call
//   --no-call      no call of mpisize at all
//   --status N     exit status (default 0)
//   --signal N     rank 0 ends itself by this signal after the call
//   --wait         waits for a signal after the call

#include <mpi.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <mpisize/mpisize.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace {

struct Arguments {
  std::int64_t items = 1000;
  bool from_stdin = false;
  double work = 0;
  std::string name;
  bool call = true;
  int status = 0;
  int signal = 0;
  bool wait = false;
};

Arguments read_arguments(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string("0"); };
    if (word == "--items") a.items = std::stoll(value());
    if (word == "--stdin") a.from_stdin = true;
    if (word == "--work") a.work = std::stod(value());
    if (word == "--name") a.name = value();
    if (word == "--no-call") a.call = false;
    if (word == "--status") a.status = std::stoi(value());
    if (word == "--signal") a.signal = std::stoi(value());
    if (word == "--wait") a.wait = true;
  }
  return a;
}

std::vector<double> numbers(const Arguments& a, int rank) {
  std::vector<double> result;
  if (rank != 0) return result;
  if (a.from_stdin) {
    for (double x = 0; std::cin >> x;) result.push_back(x);
    return result;
  }
  result.resize(static_cast<std::size_t>(a.items));
  std::iota(result.begin(), result.end(), 1.0);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  const Arguments a = read_arguments(argc, argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (a.call) {
    // A fixed amount of work, about 1 ns a step.
    const auto steps = static_cast<std::int64_t>(a.work * 1e3);
    const auto square = [steps](double x) {
      volatile double y = x;
      for (std::int64_t i = 0; i < steps; ++i) y = y + 0.0;
      return y * y;
    };
    mpisize::Options options;
    options.name = a.name;
    const auto outcome = mpisize::map(MPI_COMM_WORLD, numbers(a, rank), square, options);
    if (rank == 0) {
      const double sum = std::accumulate(outcome.results.begin(), outcome.results.end(), 0.0);
      std::cout << "sum " << static_cast<std::int64_t>(sum) << "\n"
                << "ranks " << size << "\n"
                << std::flush;
    }
  }
  // In one piece: ranks write at once.
  std::cerr << "words of rank " + std::to_string(rank) + "\n";
  if (rank == 0 && a.signal != 0) std::raise(a.signal);
  while (a.wait) pause();
  MPI_Finalize();
  return a.status;
}
