// master_worker [ARGUMENTS]: the root hands out items one by one, as many as --steps.  Arguments:
// law.h.
//
// With W = work / steps the root takes a = serial W to prepare an item, and a worker
// (1 - serial) W (1 + imbalance v) to compute it, v from -1 to 1 by the item's number; an item is a
// message of --bytes, and so is its result.
//
//   T(1) = work
//   T(P) = max(steps a, steps ((1 - serial) W + r) / (P - 1)) + first item + tail
//
// with r = 2 (alpha + bytes beta), the way of a result and of the next item, in which a worker
// waits.  Beyond the eager limit the root waits for both messages, and a is longer by that.  Two
// ranks are no faster than one; beyond P = 1 + (1 - serial) W / a ranks nothing is gained.
//
// checksum: sum over items of item * 2654435761, modulo law_modulus.

#include "world.hpp"

namespace {

constexpr int stop = 1;  ///< Tag: no further item.

std::uint64_t mixed(long long item) { return static_cast<std::uint64_t>(item) * 2654435761U; }

/// From -1 to 1.
double place(long long item) {
  constexpr double half = 1U << 31U;
  return static_cast<double>(mixed(item) & 0xffffffffU) / half - 1;
}

long long result_of(const World& world, long long item) {
  const double seconds = law_get(world.law, "work") / law_get(world.law, "steps");
  law_compute(world.law, seconds * (1 - law_get(world.law, "serial")) *
                             (1 + law_get(world.law, "imbalance") * place(item)));
  return static_cast<long long>(mixed(item) % law_modulus);
}

void prepare(const World& world) {
  const double serial = law_get(world.law, "serial");
  if (serial > 0) {
    law_compute(world.law, serial * law_get(world.law, "work") / law_get(world.law, "steps"));
  }
}

long long alone(const World& world) {
  long long sum = 0;
  for (long long item = 0; item < whole(world, "steps"); ++item) {
    prepare(world);
    sum += result_of(world, item);
  }
  return sum;
}

long long root(const World& world, std::vector<long long>& message) {
  const auto items = whole(world, "steps");
  const int words = static_cast<int>(message.size());
  long long sum = 0;
  long long item = 0;
  const auto hand_out = [&](int worker) {
    if (item < items) prepare(world);
    message[0] = item;
    MPI_Send(message.data(), words, MPI_LONG_LONG, worker, item < items ? 0 : stop, MPI_COMM_WORLD);
    return item < items ? (++item, 1) : 0;
  };
  int busy = 0;
  for (int worker = 1; worker < world.ranks; ++worker) busy += hand_out(worker);
  while (busy > 0) {
    MPI_Status status;
    MPI_Recv(message.data(), words, MPI_LONG_LONG, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &status);
    sum += message[0];
    busy += hand_out(status.MPI_SOURCE) - 1;
  }
  return sum;
}

void worker(const World& world, std::vector<long long>& message) {
  const int words = static_cast<int>(message.size());
  for (;;) {
    MPI_Status status;
    MPI_Recv(message.data(), words, MPI_LONG_LONG, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    if (status.MPI_TAG == stop) return;
    message[0] = result_of(world, message[0]);
    MPI_Send(message.data(), words, MPI_LONG_LONG, 0, 0, MPI_COMM_WORLD);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const World world = begin(&argc, &argv);
  std::vector<long long> message(words_of(whole(world, "bytes")));
  long long sum = 0;
  if (world.ranks == 1) {
    sum = alone(world);
  } else if (world.rank == 0) {
    sum = root(world, message);
  } else {
    worker(world, message);
  }
  return end(world, "master_worker", static_cast<double>(sum % law_modulus));
}
