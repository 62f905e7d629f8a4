// What the profiling layer costs, in one process: MPI's own routine and the one that stands before
// it in turn, so that both meet the same machine. Started with the layer preloaded:
//
//   mpirun -n 2 -x LD_PRELOAD=.../libmpisize_profile.so -x MPISIZE_COUNTERS=DIR profile_cost
//
// Prints lines of "name value unit".
#include <dlfcn.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void spin(double seconds) {
  const auto begin = Clock::now();
  while (since(begin) < seconds) {
  }
}

double quantile(std::vector<double> values, double q) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size()));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

/// What it takes while nobody else is at the machine.
double undisturbed(const std::vector<double>& values) { return quantile(values, 0.1); }

/// A routine as MPI defines it, whatever stands before it.
template <class Function>
Function own(const char* name) {
  void* const library = dlopen("libmpi.so.40", RTLD_LAZY | RTLD_NOLOAD);
  void* const found = library != nullptr ? dlsym(library, name) : nullptr;
  if (found == nullptr) throw std::runtime_error(std::string("no MPI library defines ") + name);
  return reinterpret_cast<Function>(found);
}

/// Nanoseconds that the layer adds to a call. In bursts with pauses between them: over 1024 calls
/// there are fewer than 5e5 a second, so that every call is timed; without a pause some are.
template <class Plain, class Layered>
double cost_per_call(Plain plain, Layered layered, double pause) {
  constexpr int burst = 100;
  constexpr int repeats = 2000;
  std::vector<double> with;
  std::vector<double> without;
  for (int i = 0; i < repeats; ++i) {
    auto begin = Clock::now();
    for (int k = 0; k < burst; ++k) layered();
    with.push_back(since(begin));
    begin = Clock::now();
    for (int k = 0; k < burst; ++k) plain();
    without.push_back(since(begin));
    spin(pause);
  }
  return (undisturbed(with) - undisturbed(without)) / burst * 1e9;
}

void costs(const char* pace, double pause) {
  const auto send = own<decltype(&MPI_Send)>("PMPI_Send");
  const auto status = own<decltype(&MPI_Request_get_status)>("PMPI_Request_get_status");
  int flag = 0;
  int word = 0;
  const double none = cost_per_call(
      [&] { status(MPI_REQUEST_NULL, &flag, MPI_STATUS_IGNORE); },
      [&] { MPI_Request_get_status(MPI_REQUEST_NULL, &flag, MPI_STATUS_IGNORE); }, pause);
  const double comm =
      cost_per_call([&] { send(&word, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD); },
                    [&] { MPI_Send(&word, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD); }, pause);
  const auto post = own<decltype(&MPI_Isend)>("PMPI_Isend");
  const auto receive = own<decltype(&MPI_Recv)>("PMPI_Recv");
  const auto wait = own<decltype(&MPI_Wait)>("PMPI_Wait");
  MPI_Request request = MPI_REQUEST_NULL;
  int other = 0;
  const double message = cost_per_call(
      [&] {
        post(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        receive(&other, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        wait(&request, MPI_STATUS_IGNORE);
      },
      [&] {
        MPI_Isend(&word, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, &request);
        receive(&other, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        wait(&request, MPI_STATUS_IGNORE);
      },
      pause);
  std::printf("%s_isend %.1f ns\n", pace, message);
  std::printf("%s_get_status %.1f ns\n%s_send_to_nobody %.1f ns\n", pace, none, pace, comm);
}

/// Half a round of a ping-pong, a send and a receive, with computing between them.
template <class Send, class Receive>
void ping_pong(Send send, Receive receive, int rank, int rounds, double compute) {
  double word = 0;
  for (int i = 0; i < rounds; ++i) {
    if (rank == 0) {
      send(&word, 1, MPI_DOUBLE, 1, 0, MPI_COMM_WORLD);
      receive(&word, 1, MPI_DOUBLE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
      receive(&word, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      send(&word, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD);
    }
    if (compute > 0) spin(compute);
  }
}

void slow_down(const char* name, int rank, double compute) {
  const auto send = own<decltype(&MPI_Send)>("PMPI_Send");
  const auto receive = own<decltype(&MPI_Recv)>("PMPI_Recv");
  constexpr int blocks = 400;
  constexpr int rounds = 500;
  std::vector<double> ratios;
  std::vector<double> plain;
  for (int i = 0; i < blocks; ++i) {
    auto begin = Clock::now();
    ping_pong(send, receive, rank, rounds, compute);
    const double without = since(begin);
    begin = Clock::now();
    ping_pong(MPI_Send, MPI_Recv, rank, rounds, compute);
    ratios.push_back(since(begin) / without);
    plain.push_back(without);
  }
  if (rank != 0) return;
  std::printf("%s_slow_down %.2f %%\n%s_rate %.3g calls/s\n", name, (median(ratios) - 1) * 100,
              name, 2 * rounds / median(plain));
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (rank == 0) {
    costs("all_timed", 5e-4);
    costs("some_timed", 0);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (size == 2) {
    slow_down("half_a_million", rank, 3.4e-6);
    slow_down("as_fast_as_it_goes", rank, 0);
  }
  MPI_Finalize();
  return 0;
}
