// Speed-up of computing items over the plain loop, and efficiency of sleeping items.

#include <cstdint>
#include <numeric>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "forced.hpp"
#include "mpisize/base/statistics.hpp"
#include "rows.hpp"
#include "watch.hpp"
#include "work.hpp"

namespace bench {

using mpisize::Seconds;

nlohmann::json computing(MPI_Comm comm, const Settings& settings) {
  const double speed = polite_sum(comm, is_root(comm) ? steps_per_second() : 0.0);
  const auto kernel = [work = Worker(false, speed)](double time) {
    return work(Seconds(time)).value();
  };
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 1e-3);
  return quietest(comm, settings.attempts, [&] {
    std::vector<double> speedups;
    nlohmann::json plans = nlohmann::json::array();
    for (int i = 0; i < settings.rounds; ++i) {
      const FreshComm mine(comm);
      double loop = 0;
      const auto plain = [&] {
        if (is_root(comm)) {
          loop = wall_of([&] {
                   std::vector<double> results;
                   results.reserve(items.size());
                   for (const double item : items) results.push_back(kernel(item));
                 }).value();
        }
        polite_barrier(comm);
      };
      polite_barrier(comm);
      if (i % 2 == 0) plain();
      const Seconds call = wall_of([&] {
        const auto outcome = mpisize::map(mine.get(), items, kernel);
        plans.push_back(words(choices_of(outcome.report.plan)));
      });
      polite_barrier(comm);
      if (i % 2 == 1) plain();
      speedups.push_back(loop / call.value());
    }
    return nlohmann::json{
        {"speedup", mpisize::median(speedups)}, {"speedups", speedups}, {"plans", plans}};
  });
}

nlohmann::json sleeping(MPI_Comm comm, const Settings& settings) {
  const auto kernel = [work = Worker(true, 0)](double time) { return work(Seconds(time)).value(); };
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 2e-3);
  return quietest(comm, settings.attempts, [&] {
    std::vector<double> fractions;
    nlohmann::json plans = nlohmann::json::array();
    int fewest_working = ranks;
    for (int i = 0; i < settings.rounds; ++i) {
      const FreshComm mine(comm);
      polite_barrier(comm);
      const Seconds began = mpisize::now();
      const auto outcome = mpisize::map(mine.get(), items, kernel);
      const Seconds call = mpisize::now() - began;
      const double slept = std::accumulate(outcome.results.begin(), outcome.results.end(), 0.0);
      fractions.push_back(slept / ranks / call.value());
      plans.push_back(words(choices_of(outcome.report.plan)));
      const auto& use = outcome.report.measured.ranks;
      const auto working = std::count_if(
          use.begin(), use.end(), [](const mpisize::RankWork& rank) { return rank.items > 0; });
      fewest_working = std::min(fewest_working, static_cast<int>(working));
    }
    return nlohmann::json{{"fraction", mpisize::median(fractions)},
                          {"fractions", fractions},
                          {"working", fewest_working},
                          {"plans", plans}};
  });
}

}  // namespace bench
