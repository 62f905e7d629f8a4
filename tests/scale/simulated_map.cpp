// A map of sleeping items on simulated ranks, by the library as it is: sampled, planned, run.
//
//   simulated_map ITEMS_PER_RANK MEAN fixed|heavy GROUP RACK CHUNK
//
// fixed: all items take MEAN seconds; heavy: log-normal with sigma 1. GROUP and RACK as those of
// Options, -1: free. CHUNK: of a dynamic schedule, 0: free. Prints the report as JSON, the ideal
// time in seconds, and whether the results are right.
#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "mpisize/choose/planner.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/communicator.hpp"
#include "mpisize/mpisize.hpp"
#include "mpisize/write/json.hpp"

namespace {

std::vector<double> items_of(std::size_t count, double mean, bool heavy) {
  constexpr double sigma = 1;
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> spread(-sigma * sigma / 2, sigma);
  std::vector<double> items(count, mean);
  for (double& item : items) item *= heavy ? spread(random) : 1;
  return items;
}

/// The same call predicted once more, by the same machine, from items all of which are known: what
/// is left of the error is the model's.
double known_total(const std::vector<double>& items, const mpisize::Report& report) {
  const mpisize::Communicator& comm = mpisize::Communicator::of(MPI_COMM_WORLD);
  mpisize::Request request;
  request.machine = *comm.machine;
  request.kernel.items = static_cast<std::int64_t>(items.size());
  request.kernel.item_bytes = request.kernel.result_bytes = mpisize::Bytes(sizeof(double));
  request.kernel.cpu_share = 0;  // They sleep.
  request.items = static_cast<std::int64_t>(items.size());
  request.done = report.predicted.items_seen;
  request.ranks_are_warm = true;
  request.replay_events = 4'000'000;
  auto& samples = request.kernel.samples;
  for (std::size_t i = 0; i < items.size(); ++i) {
    mpisize::ItemSample& s = samples.emplace_back();
    s.index = s.position = static_cast<std::int64_t>(i);
    s.time = mpisize::Seconds(items[i]);
  }
  return mpisize::predict(request, report.plan.layout.ranks(), report.plan.pattern)
      .total.value.value();
}

double compute(const double& seconds) {
  mpisize::polite_sleep(mpisize::Seconds(seconds));
  return 2 * seconds;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (argc != 7) return EXIT_FAILURE;
  std::vector<double> items;
  if (rank == 0) {
    const auto count =
        static_cast<std::size_t>(std::atoi(argv[1])) * static_cast<std::size_t>(size);
    items = items_of(count, std::atof(argv[2]), std::string(argv[3]) == "heavy");
  }
  mpisize::Options options;
  options.ranks = size;
  if (const int group = std::atoi(argv[4]); group >= 0) options.group = group;
  if (const int rack = std::atoi(argv[5]); rack >= 0) options.rack = rack;
  if (const int chunk = std::atoi(argv[6]); chunk > 0) {
    options.chunk = chunk;
    options.schedule = mpisize::Schedule::dynamic;
  }
  const auto [results, report] = mpisize::map(MPI_COMM_WORLD, items, compute, options);
  if (rank == 0) {
    const bool right = std::equal(items.begin(), items.end(), results.begin(), results.end(),
                                  [](double item, double result) { return result == 2 * item; });
    const double ideal = std::accumulate(items.begin(), items.end(), 0.0) / size;
    std::printf("{\"right\": %s, \"ideal\": %.9f, \"known\": %.9f, \"report\": %s}\n",
                right ? "true" : "false", ideal, known_total(items, report),
                mpisize::to_json(report).c_str());
  }
  MPI_Barrier(MPI_COMM_WORLD);  // Nothing is under way any more: no attribute waits for it here.
  MPI_Finalize();
  return EXIT_SUCCESS;
}
