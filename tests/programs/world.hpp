/// Begin and end of the programs in C++.
#pragma once

#include <mpi.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "law.h"

struct World {
  int rank = 0;
  int ranks = 1;
  Law* law = nullptr;
  double start = 0;  ///< MPI_Wtime when all ranks were there.
};

inline long long whole(const World& world, const char* name) {
  return static_cast<long long>(law_get(world.law, name));
}

/// Computing of this rank in one step.
inline void compute(const World& world) {
  law_compute(world.law, law_share(world.law, world.rank, world.ranks));
}

/// Words of 8 bytes that make a message of --bytes, at least `least` of them.
inline std::size_t words_of(long long bytes, std::size_t least = 1) {
  constexpr long long word = 8;
  const auto words = static_cast<std::size_t>((bytes + word - 1) / word);
  return words > least ? words : least;
}

inline World begin(int* argc, char*** argv) {
  World world;
  MPI_Init(argc, argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &world.ranks);
  world.law = law_begin(world.rank, world.ranks);
  MPI_Barrier(MPI_COMM_WORLD);
  world.start = MPI_Wtime();
  return world;
}

/// Of a checksum that rank 0 knows.
inline int end(const World& world, const char* program, double checksum) {
  const double elapsed = MPI_Wtime() - world.start;
  std::array<double, law_counters> mine{};
  std::array<double, law_counters> most{};
  std::array<double, law_counters> sum{};
  law_count(world.law, mine.data());
  MPI_Reduce(mine.data(), most.data(), law_counters, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  MPI_Reduce(mine.data(), sum.data(), law_counters, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
  if (world.rank == 0) {
    law_print(world.law, program, world.ranks, checksum, elapsed, most.data(), sum.data());
  }
  law_end(world.law);
  MPI_Finalize();
  return 0;
}
