// collide --seed N [--as map|batch|stream] [--journal FILE] [--ms TIME] FILE: the program that the
// shipped job scripts name. FILE holds the number of items, which take TIME milliseconds (0.5). The
// root prints what it computed, and where ranks are and with how many threads.

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
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

/// Steps of a linear congruential generator from a seed of the item's own (Knuth, MMIX).
std::uint64_t collide(std::uint64_t seed, std::int64_t item, double milliseconds) {
  std::uint64_t x = seed + static_cast<std::uint64_t>(item);
  for (int step = 0; step < 10; ++step) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
  std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(milliseconds));
  return x;
}

struct Words {
  std::uint64_t seed = 0;
  std::string pattern = "map";
  std::string journal;
  double milliseconds = 0.5;
  std::string file;
};

std::optional<Words> read(int argc, char** argv) {
  Words words;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--seed") {
      words.seed = std::stoull(value);
    } else if (name == "--as") {
      words.pattern = value;
    } else if (name == "--journal") {
      words.journal = value;
    } else if (name == "--ms") {
      words.milliseconds = std::stod(value);
    } else {
      return std::nullopt;
    }
  }
  if (argc % 2 != 0) return std::nullopt;
  words.file = argv[argc - 1];
  return words;
}

/// All results are at the root, whatever the pattern.
std::pair<std::vector<std::uint64_t>, mpisize::Report> compute(
    const Words& words, const std::vector<std::int64_t>& items) {
  const auto kernel = [&words](std::int64_t item) {
    return collide(words.seed, item, words.milliseconds);
  };
  mpisize::Options options;
  options.journal = words.journal;
  std::vector<std::uint64_t> results(items.size());
  if (words.pattern == "batch") {
    const auto sink = [&](std::int64_t first, std::span<const std::uint64_t> piece) {
      std::copy(piece.begin(), piece.end(), results.begin() + first);
    };
    auto report = mpisize::batch(MPI_COMM_WORLD, items, kernel, sink, options);
    return {std::move(results), std::move(report)};
  }
  if (words.pattern == "stream") {
    const auto sink = [&](std::int64_t index, std::uint64_t result) {
      results.at(static_cast<std::size_t>(index)) = result;
    };
    auto report = mpisize::stream(MPI_COMM_WORLD, items, kernel, sink, options);
    return {std::move(results), std::move(report)};
  }
  auto [mapped, report] = mpisize::map(MPI_COMM_WORLD, items, kernel, options);
  return {std::move(mapped), std::move(report)};
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
  const auto words = read(argc, argv);
  if (!words) {
    if (rank == 0) std::cerr << "collide: give --seed N FILE\n";
    MPI_Abort(MPI_COMM_WORLD, 2);
  }
  std::int64_t count = 0;
  std::ifstream(words->file) >> count;
  std::vector<std::int64_t> items(rank == 0 ? static_cast<std::size_t>(count) : 0);
  std::iota(items.begin(), items.end(), 0);

  const auto [results, report] = compute(*words, items);

  const std::vector<Place> all = places(rank, size);
  if (rank == 0 && report.measured.stopped) {
    std::cout << "stopped after " << report.measured.resumed << "\n";
  } else if (rank == 0) {
    std::map<std::string, int> hosts;
    for (const Place& place : all) ++hosts[place.host.data()];
    const bool alike = std::all_of(all.begin(), all.end(), [&](const Place& place) {
      return place.threads == all.front().threads;
    });
    if (!words->journal.empty()) std::cout << "resumed " << report.measured.resumed << "\n";
    std::cout << "items " << results.size() << "\nsum "
              << std::accumulate(results.begin(), results.end(), std::uint64_t{0}) << "\nranks "
              << size << "\nplanned " << report.plan.layout.ranks() << "\nthreads "
              << (alike ? std::to_string(all.front().threads) : "differ") << "\n";
    for (const auto& [host, ranks] : hosts) std::cout << "host " << host << " " << ranks << "\n";
  }
  MPI_Finalize();
  return 0;
}
