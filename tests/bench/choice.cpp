// What it costs that the library chooses: a free call against the same choice forced, nothing
// cached.

#include <cstdint>
#include <string>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "forced.hpp"
#include "mpisize/base/statistics.hpp"
#include "rows.hpp"
#include "suite.hpp"

namespace bench {
namespace {

/// Wall time of one call on a communicator that nothing is known about.
template <class Items, class Kernel>
double cold_wall(MPI_Comm comm, const Items& items, const Kernel& kernel,
                 const mpisize::Options& options, Choices& chosen) {
  const FreshComm mine(comm);
  polite_barrier(comm);
  const mpisize::Seconds wall = wall_of([&] {
    const auto outcome = mpisize::map(mine.get(), items, kernel, options);
    chosen = choices_of(outcome.report.plan);
  });
  polite_barrier(comm);
  return wall.value();
}

template <class Items, class Kernel>
nlohmann::json compare(MPI_Comm comm, const Items& items, const Kernel& kernel, int rounds) {
  std::vector<double> free_walls;
  std::vector<double> forced_walls;
  std::vector<double> extra;
  nlohmann::json plans = nlohmann::json::array();
  Choices chosen;
  for (int i = 0; i < rounds; ++i) {
    Choices as_forced;
    free_walls.push_back(cold_wall(comm, items, kernel, {}, chosen));
    forced_walls.push_back(cold_wall(comm, items, kernel, forced(chosen), as_forced));
    extra.push_back(free_walls.back() - forced_walls.back());
    plans.push_back(words(chosen));
  }
  return {{"free", mpisize::median(free_walls)},
          {"forced", mpisize::median(forced_walls)},
          {"extra", mpisize::median(extra)},
          {"plans", plans}};
}

}  // namespace

nlohmann::json choice(MPI_Comm comm, const Settings& settings) {
  std::vector<double> times;
  if (is_root(comm)) times = item_times(settings.kind, settings.scale, settings.seed);
  nlohmann::json result;
  with_kernel(comm, settings, times, [&](const auto& items, const auto& kernel) {
    result = quietest(comm, settings.attempts,
                      [&] { return compare(comm, items, kernel, settings.rounds); });
  });
  return result;
}

}  // namespace bench
