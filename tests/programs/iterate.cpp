// iterate [ARGUMENTS]: a long program: start-up, then steps of constant cost.  Arguments: law.h.
//
// Rank 0 says "step N" after every --every steps, and flushes; SIGTERM is left to its default.  A
// step: a message of --bytes around the ring of ranks, computing, an Allreduce of 8 bytes.
//
//   T(P) = startup + steps (t(P) + alpha(bytes) + bytes beta + ceil(log2 P) alpha(8))
//
// checksum: x' = 3 x + sum over ranks of (rank + 1) step, modulo law_modulus, from x = 1.

#include <cstdio>

#include "world.hpp"

namespace {

/// Read by rank 0, known to all: as programs begin.
void start_up(const World& world) {
  law_compute(world.law, law_get(world.law, "startup"));
  std::vector<char> table(65536, 't');
  for (int i = 0; i < 4; ++i) {
    MPI_Bcast(table.data(), static_cast<int>(table.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
  }
}

void around_the_ring(const World& world, std::vector<long long>& out, std::vector<long long>& in) {
  const int words = static_cast<int>(out.size());
  const int next = (world.rank + 1) % world.ranks;
  const int last = (world.rank + world.ranks - 1) % world.ranks;
  MPI_Sendrecv(out.data(), words, MPI_LONG_LONG, next, 0, in.data(), words, MPI_LONG_LONG, last, 0,
               MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

}  // namespace

int main(int argc, char** argv) {
  World world = begin(&argc, &argv);
  const auto steps = whole(world, "steps");
  const auto every = whole(world, "every");
  std::vector<long long> out(words_of(whole(world, "bytes")));
  std::vector<long long> in(out.size());
  long long x = 1;
  start_up(world);
  for (long long step = 1; step <= steps; ++step) {
    out[0] = (world.rank + 1) * step;
    around_the_ring(world, out, in);
    compute(world);
    long long sum = 0;
    MPI_Allreduce(in.data(), &sum, 1, MPI_LONG_LONG, MPI_SUM, MPI_COMM_WORLD);
    x = (3 * x + sum) % law_modulus;
    if (world.rank == 0 && step % every == 0) {
      std::printf("step %lld\n", step);
      std::fflush(stdout);
    }
  }
  return end(world, "iterate", static_cast<double>(x));
}
