// A call that stays serial: what the waiting ranks cost the one that computes.

#include <string>
#include <thread>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "mpisize/base/statistics.hpp"
#include "mpisize/write/names.hpp"
#include "rows.hpp"
#include "watch.hpp"
#include "work.hpp"

namespace bench {
namespace {

using mpisize::Seconds;

/// Interleaved pairs of the plain loop and the call, each on a fresh communicator.
template <class Kernel>
nlohmann::json compare(MPI_Comm comm, const Settings& settings, Kernel kernel,
                       const mpisize::Options& options) {
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 0.0);
  std::vector<double> loops;
  std::vector<double> calls;
  std::vector<double> ratios;
  nlohmann::json verdicts = nlohmann::json::array();
  for (int i = 0; i < settings.rounds; ++i) {
    const FreshComm mine(comm);
    double loop = 1;
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
    std::string verdict;
    const Seconds call = wall_of([&] {
      const auto outcome = mpisize::map(mine.get(), items, kernel, options);
      verdict = name_of(outcome.report.plan.verdict);
    });
    polite_barrier(comm);
    if (i % 2 == 1) plain();
    verdicts.push_back(verdict);
    loops.push_back(loop);
    calls.push_back(call.value());
    ratios.push_back(call.value() / loop);
  }
  return {{"loop", mpisize::median(loops)},
          {"call", mpisize::median(calls)},
          {"ratio", mpisize::median(ratios)},
          {"verdicts", verdicts}};
}

}  // namespace

nlohmann::json serial(MPI_Comm comm, const Settings& settings) {
  const double speed = polite_sum(comm, is_root(comm) ? steps_per_second() : 0.0);
  const Worker work(false, speed);
  return quietest(comm, settings.attempts, [&] {
    if (settings.natural) {
      // Every item keeps all cores busy for 1 ms: a second rank finds none.
      const auto kernel = [work](double) {
        const unsigned cores = std::max(2U, std::thread::hardware_concurrency());
        std::vector<std::thread> team;
        for (unsigned i = 1; i < cores; ++i) team.emplace_back([&] { (void)work(Seconds(1e-3)); });
        const Seconds time = work(Seconds(1e-3));
        for (std::thread& member : team) member.join();
        return time.value();
      };
      return compare(comm, settings, kernel, {});
    }
    mpisize::Options options;
    options.min_speedup = 1e9;  // No plan reaches it.
    const auto kernel = [work](double) { return work(Seconds(1e-3)).value(); };
    return compare(comm, settings, kernel, options);
  });
}

}  // namespace bench
