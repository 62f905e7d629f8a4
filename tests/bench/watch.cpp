#include "watch.hpp"

#include <unistd.h>

#include <algorithm>

#include "mpisize/measure/self.hpp"

namespace bench {
namespace {

using mpisize::Seconds;

void wait(MPI_Request request) {
  constexpr Seconds longest{1e-3};
  Seconds nap{50e-6};
  int done = 0;
  while (true) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done != 0) return;
    mpisize::polite_sleep(nap);
    nap = std::min(longest, nap * 1.5);
  }
}

}  // namespace

void polite_barrier(MPI_Comm comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(comm, &request);
  wait(request);
}

int polite_broadcast(MPI_Comm comm, int value_at_root) {
  int value = value_at_root;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibcast(&value, 1, MPI_INT, 0, comm, &request);
  wait(request);
  return value;
}

double polite_sum(MPI_Comm comm, double value) {
  double sum = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallreduce(&value, &sum, 1, MPI_DOUBLE, MPI_SUM, comm, &request);
  wait(request);
  return sum;
}

bool is_root(MPI_Comm comm) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank == 0;
}

FreshComm::FreshComm(MPI_Comm comm) { MPI_Comm_dup(comm, &comm_); }
FreshComm::~FreshComm() { MPI_Comm_free(&comm_); }

nlohmann::json quietest(MPI_Comm comm, int attempts,
                        const std::function<nlohmann::json()>& measure) {
  const auto cores = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  nlohmann::json best;
  double least = 2;
  for (int attempt = 1;; ++attempt) {
    polite_barrier(comm);
    const Seconds began = mpisize::now();
    const Seconds own_before = mpisize::process_cpu_time();
    const Seconds machine_before = mpisize::machine_cpu_time().value_or(Seconds(0));
    nlohmann::json result = measure();
    // The others' last moments count too: the root reads the machine's clock when all are through.
    polite_barrier(comm);
    const Seconds own = mpisize::process_cpu_time() - own_before;
    const Seconds machine = mpisize::machine_cpu_time().value_or(Seconds(0)) - machine_before;
    const Seconds wall = mpisize::now() - began;
    const double ours = polite_sum(comm, own.value());
    const double others = std::max(0.0, machine.value() - ours) / (wall.value() * cores);
    if (others < least) {
      least = others;
      best = std::move(result);
    }
    const bool again = others > most_of_others && attempt < attempts;
    if (polite_broadcast(comm, again ? 1 : 0) == 0) {
      if (is_root(comm)) {
        best["others"] = least;
        best["attempts"] = attempt;
        best["disturbed"] = least > most_of_others;
      }
      return best;
    }
  }
}

Seconds wall_of(const std::function<void()>& body) {
  const Seconds began = mpisize::now();
  body();
  return mpisize::now() - began;
}

}  // namespace bench
