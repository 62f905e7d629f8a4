// Tasks per second of one worker at chunk 1, 8-byte items and results, the root not computing: map
// against the root loop that a good MPI programmer writes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "mpisize/base/statistics.hpp"
#include "rows.hpp"
#include "watch.hpp"

namespace bench {
namespace {

using mpisize::Options;
using mpisize::Seconds;

constexpr std::array<int, 4> depths{1, 2, 4, 8};
constexpr int task_tag = 1;
constexpr int stop_tag = 2;

double square(double x) { return x * x; }

/// Hands out the items one by one, `depth` of them at the worker. Blocking sends of 8 bytes go out
/// at once.
void loop_of_root(MPI_Comm comm, const std::vector<double>& items, std::vector<double>& results,
                  std::size_t depth) {
  constexpr int worker = 1;
  std::size_t sent = 0;
  for (; sent < std::min(depth, items.size()); ++sent) {
    MPI_Send(&items[sent], 1, MPI_DOUBLE, worker, task_tag, comm);
  }
  for (double& result : results) {
    MPI_Recv(&result, 1, MPI_DOUBLE, worker, task_tag, comm, MPI_STATUS_IGNORE);
    if (sent < items.size()) MPI_Send(&items[sent++], 1, MPI_DOUBLE, worker, task_tag, comm);
  }
  MPI_Send(nullptr, 0, MPI_DOUBLE, worker, stop_tag, comm);
}

void loop_of_worker(MPI_Comm comm) {
  while (true) {
    double item = 0;
    MPI_Status status;
    MPI_Recv(&item, 1, MPI_DOUBLE, 0, MPI_ANY_TAG, comm, &status);
    if (status.MPI_TAG == stop_tag) return;
    const double result = square(item);
    MPI_Send(&result, 1, MPI_DOUBLE, 0, task_tag, comm);
  }
}

/// Tasks per second of the plain loop.
double loop_rate(MPI_Comm comm, const std::vector<double>& items, int depth) {
  polite_barrier(comm);
  if (!is_root(comm)) {
    loop_of_worker(comm);
    return 0;
  }
  std::vector<double> results(items.size());
  const Seconds wall =
      wall_of([&] { loop_of_root(comm, items, results, static_cast<std::size_t>(depth)); });
  return static_cast<double>(items.size()) / wall.value();
}

struct Rate {
  double value = 0;
  int depth = 0;
};

/// Tasks per second of the whole call; without a depth the planner chooses it.
Rate map_rate(MPI_Comm comm, const std::vector<double>& items, std::optional<int> depth) {
  Options options;
  options.ranks = 2;
  options.schedule = mpisize::Schedule::dynamic;
  options.chunk = 1;
  options.queued = depth;
  options.root_computes = false;
  Rate rate;
  polite_barrier(comm);
  const Seconds wall = wall_of([&] {
    const auto outcome = mpisize::map(comm, items, square, options);
    rate.depth = outcome.report.plan.pattern.queued;
  });
  rate.value = static_cast<double>(items.size()) / wall.value();
  return rate;
}

/// One interleaved round: all depths, loop and map by turns.
struct Round {
  std::array<double, depths.size()> loop{};
  std::array<double, depths.size()> map{};
  Rate planned;
  double loop_at_planned = 0;
};

Round one_round(MPI_Comm comm, const std::vector<double>& items, bool map_first) {
  Round round;
  for (std::size_t i = 0; i < depths.size(); ++i) {
    if (!map_first) round.loop[i] = loop_rate(comm, items, depths[i]);
    round.map[i] = map_rate(comm, items, depths[i]).value;
    if (map_first) round.loop[i] = loop_rate(comm, items, depths[i]);
  }
  round.planned = map_rate(comm, items, std::nullopt);
  round.loop_at_planned = loop_rate(comm, items, round.planned.depth);
  return round;
}

template <class Get>
double median_of(const std::vector<Round>& rounds, Get&& get) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(get(round));
  return mpisize::median(values);
}

nlohmann::json table_of(const std::vector<Round>& rounds) {
  nlohmann::json result;
  for (std::size_t i = 0; i < depths.size(); ++i) {
    result["depths"].push_back(
        {{"depth", depths[i]},
         {"loop_rate", median_of(rounds, [i](const Round& r) { return r.loop[i]; })},
         {"map_rate", median_of(rounds, [i](const Round& r) { return r.map[i]; })},
         {"ratio", median_of(rounds, [i](const Round& r) { return r.map[i] / r.loop[i]; })},
         {"planned_ratio",
          median_of(rounds, [i](const Round& r) { return r.planned.value / r.loop[i]; })}});
  }
  result["planned"] = {
      {"depth", rounds.back().planned.depth},
      {"map_rate", median_of(rounds, [](const Round& r) { return r.planned.value; })},
      {"ratio",
       median_of(rounds, [](const Round& r) { return r.planned.value / r.loop_at_planned; })}};
  return result;
}

}  // namespace

nlohmann::json dispatch(MPI_Comm comm, const Settings& settings) {
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 1.5);
  const FreshComm mine(comm);
  return quietest(comm, settings.attempts, [&] {
    (void)map_rate(mine.get(), items, 2);  // Learns the machine.
    std::vector<Round> rounds;
    for (int i = 0; i < settings.rounds; ++i) {
      rounds.push_back(one_round(mine.get(), items, i % 2 == 1));
    }
    return is_root(comm) ? table_of(rounds) : nlohmann::json();
  });
}

}  // namespace bench
