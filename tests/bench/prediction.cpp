// Predicted against measured time of a call, the choice left free.

#include <vector>

#include <mpisize/mpisize.hpp>

#include "forced.hpp"
#include "patterns.hpp"
#include "rows.hpp"
#include "suite.hpp"

namespace bench {
namespace {

template <class Items, class Kernel>
nlohmann::json predict(MPI_Comm comm, const std::string& pattern, const Items& items,
                       const Kernel& kernel, const mpisize::Options& options) {
  const FreshComm mine(comm);
  polite_barrier(comm);
  const mpisize::Report report = call(mine.get(), pattern, items, kernel, options);
  const mpisize::Prediction& predicted = report.predicted;
  const double measured = report.measured.total.value();
  return {{"items", items.size()},
          {"items_seen", predicted.items_seen},
          {"predicted", predicted.total.value.value()},
          {"low", predicted.total.low.value()},
          {"high", predicted.total.high.value()},
          {"measured", measured},
          {"error", predicted.total.value.value() / measured - 1},
          {"inside",
           measured >= predicted.total.low.value() && measured <= predicted.total.high.value()},
          {"sampling", report.measured.sampling.value()},
          {"plan", words(choices_of(report.plan))}};
}

}  // namespace

nlohmann::json prediction(MPI_Comm comm, const Settings& settings) {
  nlohmann::json runs = nlohmann::json::array();
  for (int round = 0; round < settings.rounds; ++round) {
    const std::uint64_t seed = settings.seed + static_cast<std::uint64_t>(round);
    std::vector<double> times;
    if (is_root(comm)) times = item_times(settings.kind, settings.scale, seed);
    mpisize::Options options;
    options.seed = seed;
    with_kernel(comm, settings, times, [&](const auto& items, const auto& kernel) {
      runs.push_back(quietest(comm, settings.attempts, [&] {
        return predict(comm, settings.pattern, items, kernel, options);
      }));
    });
  }
  return {{"runs", runs}};
}

}  // namespace bench
