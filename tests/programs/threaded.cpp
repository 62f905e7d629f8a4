// threaded [ARGUMENTS]: ranks x OpenMP threads that really compute.  Arguments: law.h, of which
// --work and the like are not used.
//
// A step: 480 items of iterations / (480 steps) dependent multiplications, split over the ranks and
// then over the threads of each (static schedule); then an Allreduce of 8 bytes.
//
//   T(P, n) = steps 480 item / min(P n, cores), and longer where P n > cores
//
// for P ranks of n threads: threads wait at the end of each step for others that have no core.  On
// two cores 1 x 2 and 2 x 1 are the best, never 2 x 2.
//
// checksum: sum over steps and items of the top 31 bits of the item's last number, modulo
// law_modulus.  Of a step one phase is counted, and no seconds.

#include <omp.h>

#include <cstdio>

#include "world.hpp"

namespace {

constexpr std::int64_t items = 480;

/// Knuth's MMIX generator: each number needs the one before it.
std::uint64_t last_of(std::uint64_t x, std::int64_t iterations) {
  for (std::int64_t i = 0; i < iterations; ++i) x = x * 6364136223846793005U + 1442695040888963407U;
  return x >> 33U;
}

}  // namespace

int main(int argc, char** argv) {
  const World world = begin(&argc, &argv);
  const auto steps = whole(world, "steps");
  const std::int64_t iterations = whole(world, "iterations") / (steps * items);
  const std::int64_t first = items * world.rank / world.ranks;
  const std::int64_t last = items * (world.rank + 1) / world.ranks;
  std::int64_t total = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    std::uint64_t mine = 0;
#pragma omp parallel for schedule(static) reduction(+ : mine)
    for (std::int64_t item = first; item < last; ++item) {
      mine += last_of(static_cast<std::uint64_t>(step * items + item), iterations);
    }
    law_compute(world.law, 0);
    std::uint64_t sum = 0;
    MPI_Allreduce(&mine, &sum, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    total = (total + static_cast<std::int64_t>(sum % law_modulus)) % law_modulus;
  }
  if (world.rank == 0) std::printf("threads %d\n", omp_get_max_threads());
  return end(world, "threaded", static_cast<double>(total));
}
