// collide --seed N FILE: the program that the shipped job scripts name. FILE holds the number of
// items. The root prints what it computed, and where ranks are and with how many threads.

#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <mpisize/mpisize.hpp>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Steps of a linear congruential generator from a seed of the item's own (Knuth, MMIX).
std::uint64_t collide(std::uint64_t seed, std::int64_t item) {
  std::uint64_t x = seed + static_cast<std::uint64_t>(item);
  for (int step = 0; step < 10; ++step) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  std::this_thread::sleep_for(std::chrono::microseconds(500));
  return x;
}

/// Of a rank: the name of its host, and what OMP_NUM_THREADS says there.
struct Place {
  std::array<char, MPI_MAX_PROCESSOR_NAME> host{};
  int threads = 0;
};

std::vector<Place> places(int rank, int size) {
  Place mine;
  int length = 0;
  MPI_Get_processor_name(mine.host.data(), &length);
  if (const char* threads = std::getenv("OMP_NUM_THREADS")) mine.threads = std::stoi(threads);
  std::vector<Place> all(rank == 0 ? static_cast<std::size_t>(size) : 0);
  MPI_Gather(&mine, sizeof mine, MPI_BYTE, all.data(), sizeof mine, MPI_BYTE, 0, MPI_COMM_WORLD);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (argc != 4 || std::string(argv[1]) != "--seed") {
    if (rank == 0) std::cerr << "collide: give --seed N FILE\n";
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  const auto seed = std::uint64_t{std::stoull(argv[2])};
  std::int64_t count = 0;
  std::ifstream(argv[3]) >> count;
  std::vector<std::int64_t> items(rank == 0 ? static_cast<std::size_t>(count) : 0);
  std::iota(items.begin(), items.end(), 0);

  const auto [results, report] = mpisize::map(
      MPI_COMM_WORLD, items, [seed](std::int64_t item) { return collide(seed, item); });

  const std::vector<Place> all = places(rank, size);
  if (rank == 0) {
    std::map<std::string, int> hosts;
    for (const Place& place : all) ++hosts[place.host.data()];
    const bool alike = std::all_of(all.begin(), all.end(), [&](const Place& place) {
      return place.threads == all.front().threads;
    });
    std::cout << "items " << results.size() << "\nsum "
              << std::accumulate(results.begin(), results.end(), std::uint64_t{0}) << "\nranks "
              << size << "\nplanned " << report.plan.layout.ranks() << "\nthreads "
              << (alike ? std::to_string(all.front().threads) : "differ") << "\n";
    for (const auto& [host, ranks] : hosts) std::cout << "host " << host << " " << ranks << "\n";
  }
  MPI_Finalize();
  return 0;
}
