// How long the planner thinks about a machine with a million ranks and a workload of 1e12 items.

#include <cmath>
#include <cstdint>
#include <vector>

#include "forced.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/choose/candidates.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/measure/self.hpp"
#include "rows.hpp"
#include "watch.hpp"

namespace bench {
namespace {

constexpr int ranks = 1000000;
constexpr std::int64_t items = 1000000000000;

/// Items of 1 ms, coefficient of variation 1, a thousand of them sampled on eight ranks.
mpisize::Request big_request() {
  mpisize::Request request;
  request.items = items;
  request.rank_counts = mpisize::rank_grid(ranks);
  mpisize::Topology& topology = request.machine.topology;
  constexpr int per_node = 100;
  topology.nodes = ranks / per_node;
  topology.node.cores = topology.node.pus = per_node;
  topology.grant.cores = topology.grant.pus = per_node;
  topology.grant.cpus = per_node;
  constexpr int samples = 1000;
  constexpr int sampling_ranks = 8;
  mpisize::Random random(1);
  request.kernel.items = items;
  request.kernel.samples.reserve(samples);
  for (int i = 0; i < samples; ++i) {
    mpisize::ItemSample sample;
    sample.index = sample.position = items / samples * i;
    const double sigma = std::sqrt(std::log(2.0));
    sample.time = mpisize::Seconds(1e-3 * std::exp(sigma * random.normal() - sigma * sigma / 2));
    sample.in = sample.out = mpisize::Bytes(8);
    sample.rank = i % sampling_ranks;
    sample.first = i < sampling_ranks;
    sample.started = mpisize::Seconds(1e-3 * i / sampling_ranks);
    request.kernel.samples.push_back(sample);
  }
  request.kernel.item_bytes = request.kernel.result_bytes = mpisize::Bytes(8);
  request.done = samples;
  request.spent = mpisize::Seconds(1e-3 * samples / sampling_ranks);
  request.ranks_are_warm = true;
  return request;
}

double median_of_choices(const mpisize::Request& request, int rounds, Choices& chosen) {
  std::vector<double> walls;
  walls.reserve(static_cast<std::size_t>(rounds));
  for (int i = 0; i < rounds; ++i) {
    walls.push_back(wall_of([&] { chosen = choices_of(mpisize::choose(request).plan); }).value());
  }
  return mpisize::median(walls);
}

}  // namespace

nlohmann::json planner(MPI_Comm comm, const Settings& settings) {
  mpisize::Request request = big_request();
  return quietest(comm, settings.attempts, [&] {
    Choices chosen;
    request.replay_events = 0;
    const double closed_form = median_of_choices(request, settings.rounds, chosen);
    request.replay_events = mpisize::Request{}.replay_events;
    const double replayed = median_of_choices(request, settings.rounds, chosen);
    return nlohmann::json{{"closed_form", closed_form},
                          {"bounded_replay", replayed},
                          {"replay_events", request.replay_events},
                          {"plan", words(chosen)}};
  });
}

}  // namespace bench
