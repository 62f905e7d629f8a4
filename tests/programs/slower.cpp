// slower [ARGUMENTS]: gets slower with more ranks.  Arguments: law.h; give --serial near 1.
//
// A step: every rank computes, then the root asks one rank after the other for its --bytes.
//
//   T(P) = steps (t(P) + (P - 1) (alpha(8) + alpha(bytes) + bytes beta))
//
// with t(P) of law.h.  One rank is the best where (1 - serial) W (1 - 1 / P) is always less than
// what the messages take.
//
// checksum: sum over steps s and ranks r, from 0, of (s + 1) (r + 1), modulo law_modulus.

#include "world.hpp"

int main(int argc, char** argv) {
  const World world = begin(&argc, &argv);
  std::vector<long long> message(words_of(whole(world, "bytes")));
  const int words = static_cast<int>(message.size());
  long long go = 0;
  long long sum = 0;
  for (long long step = 1; step <= whole(world, "steps"); ++step) {
    compute(world);
    message[0] = step * (world.rank + 1);
    if (world.rank == 0) {
      sum += message[0];
      for (int other = 1; other < world.ranks; ++other) {
        MPI_Send(&go, 1, MPI_LONG_LONG, other, 0, MPI_COMM_WORLD);
        MPI_Recv(message.data(), words, MPI_LONG_LONG, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        sum += message[0];
      }
    } else {
      MPI_Recv(&go, 1, MPI_LONG_LONG, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(message.data(), words, MPI_LONG_LONG, 0, 0, MPI_COMM_WORLD);
    }
  }
  return end(world, "slower", static_cast<double>(sum % law_modulus));
}
