// x * x of a million doubles: so short that nothing pays. The call against the plain loop.

#include <string>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "mpisize/base/statistics.hpp"
#include "mpisize/write/names.hpp"
#include "rows.hpp"
#include "watch.hpp"

namespace bench {
namespace {

double plain_loop(const std::vector<double>& items) {
  return wall_of([&] {
           std::vector<double> results(items.size());
           for (std::size_t i = 0; i < items.size(); ++i) results[i] = items[i] * items[i];
           asm volatile("" : : "r"(results.data()) : "memory");  // The results are wanted.
         })
      .value();
}

}  // namespace

nlohmann::json square(MPI_Comm comm, const Settings& settings) {
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 1.5);
  return quietest(comm, settings.attempts, [&] {
    std::vector<double> loops;
    std::vector<double> calls;
    std::vector<double> extra;
    nlohmann::json verdicts = nlohmann::json::array();
    for (int i = 0; i < settings.rounds; ++i) {
      const FreshComm mine(comm);
      if (is_root(comm)) loops.push_back(plain_loop(items));
      polite_barrier(comm);
      std::string verdict;
      calls.push_back(wall_of([&] {
                        const auto outcome =
                            mpisize::map(mine.get(), items, [](double x) { return x * x; });
                        verdict = name_of(outcome.report.plan.verdict);
                      }).value());
      verdicts.push_back(verdict);
      polite_barrier(comm);
      if (is_root(comm)) extra.push_back(calls.back() - loops.back());
    }
    if (!is_root(comm)) return nlohmann::json();
    return nlohmann::json{{"loop", mpisize::median(loops)},
                          {"call", mpisize::median(calls)},
                          {"extra", mpisize::median(extra)},
                          {"verdicts", verdicts}};
  });
}

}  // namespace bench
