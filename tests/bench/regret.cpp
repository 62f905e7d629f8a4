// Regret of the chosen plan, and of the usual rules, against a sweep over every plan that can be
// forced.

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <string>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "mpisize/base/statistics.hpp"
#include "patterns.hpp"
#include "rows.hpp"
#include "suite.hpp"
#include "sweep.hpp"

namespace bench {
namespace {

/// A plan that is run several times in the end.
struct Contender {
  std::string name;
  Choices choices;
  std::vector<double> walls;
};

/// Calls of one kernel on one communicator; only the root knows the next call's options.
template <class Items, class Kernel>
class Calls {
 public:
  Calls(MPI_Comm comm, std::string pattern, const Items& items, const Kernel& kernel)
      : comm_(comm), pattern_(std::move(pattern)), items_(&items), kernel_(&kernel) {}

  /// At the root: one call, the other ranks being in serve().
  mpisize::Report call(const mpisize::Options& options) {
    (void)polite_broadcast(comm_.get(), 1);
    return bench::call(comm_.get(), pattern_, *items_, *kernel_, options);
  }
  double wall(const Choices& choices) { return call(forced(choices)).measured.total.value(); }
  void end() { (void)polite_broadcast(comm_.get(), 0); }

  /// On the other ranks, until the root ends it.
  void serve() {
    while (polite_broadcast(comm_.get(), 0) != 0) {
      (void)bench::call(comm_.get(), pattern_, Items{}, *kernel_, {});
    }
  }

 private:
  FreshComm comm_;
  std::string pattern_;
  const Items* items_;
  const Kernel* kernel_;
};

struct Swept {
  std::vector<Contender> best;  ///< Best first.
  std::size_t plans = 0;
  std::size_t run = 0;
  std::size_t excluded = 0;  ///< Their lower bound is above the best run.
  std::size_t left_out = 0;  ///< By the budget.
};

/// Runs each plan once, the excluded ones not at all.
template <class Run>
Swept sweep(const std::vector<Choices>& plans, const std::vector<double>& times, int cores,
            double budget, Run&& run) {
  Swept swept;
  swept.plans = plans.size();
  std::vector<Contender> all;
  double best = HUGE_VAL;
  const mpisize::Seconds began = mpisize::now();
  // Computing items were calibrated once; a core may be a little faster than it was then.
  const double certain = cores > 0 ? 0.95 : 1;
  for (const Choices& plan : plans) {
    if (lower_bound(plan, times, cores) * certain > best) {
      ++swept.excluded;
    } else if ((mpisize::now() - began).value() > budget) {
      ++swept.left_out;
    } else {
      const double wall = run(plan);
      best = std::min(best, wall);
      all.push_back({"sweep", plan, {wall}});
    }
  }
  swept.run = all.size();
  std::sort(all.begin(), all.end(), [](const Contender& a, const Contender& b) {
    return a.walls.front() < b.walls.front();
  });
  constexpr std::size_t kept = 3;
  all.resize(std::min(kept, all.size()));
  swept.best = std::move(all);
  return swept;
}

/// Interleaved runs of all contenders; the regret of each against the best median.
template <class Run>
nlohmann::json compare(std::vector<Contender> contenders, int rounds, Run&& run) {
  for (Contender& c : contenders) c.walls.clear();
  for (int i = 0; i < rounds; ++i) {
    for (Contender& c : contenders) c.walls.push_back(run(c.choices));
  }
  double best = HUGE_VAL;
  for (const Contender& c : contenders) best = std::min(best, mpisize::median(c.walls));
  nlohmann::json rows = nlohmann::json::array();
  for (const Contender& c : contenders) {
    const double wall = mpisize::median(c.walls);
    rows.push_back({{"name", c.name},
                    {"plan", words(c.choices)},
                    {"wall", wall},
                    {"regret", wall / best - 1}});
  }
  return {{"best", best}, {"contenders", rows}};
}

}  // namespace

nlohmann::json regret(MPI_Comm comm, const Settings& settings) {
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  std::vector<double> times;
  if (is_root(comm)) times = item_times(settings.kind, settings.scale, settings.seed);
  nlohmann::json result;
  with_kernel(comm, settings, times, [&](const auto& items, const auto& kernel) {
    Calls calls(comm, settings.pattern, items, kernel);
    Swept swept;
    std::vector<Contender> contenders;
    const auto run = [&](const Choices& c) {
      if (settings.verbose) std::cerr << words(c) << std::flush;
      const double wall = calls.wall(c);
      if (settings.verbose) std::cerr << ": " << wall << " s" << std::endl;
      return wall;
    };
    const auto on_root = [&](const auto& work) {
      nlohmann::json value;
      if (is_root(comm)) {
        value = work();
        calls.end();
      } else {
        calls.serve();
      }
      return value;
    };
    const nlohmann::json sweeping = quietest(comm, 1, [&] {
      return on_root([&] {
        const Choices chosen = choices_of(calls.call({}).plan);
        const auto n = static_cast<std::int64_t>(times.size());
        const double mean =
            std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(n);
        const int cores = settings.sleeping ? 0 : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
        const bool flow = settings.pattern != "map";
        swept = sweep(all_plans(ranks, n, settings.seed, flow), times, cores, settings.budget, run);
        contenders.push_back({"chosen", chosen, {}});
        for (const Rule& rule : usual_rules(ranks, n, mean, flow)) {
          contenders.push_back({rule.name, rule.choices, {}});
        }
        contenders.insert(contenders.end(), swept.best.begin(), swept.best.end());
        return nlohmann::json{{"plans", swept.plans},
                              {"run", swept.run},
                              {"excluded", swept.excluded},
                              {"left_out", swept.left_out}};
      });
    });
    result = quietest(comm, settings.attempts, [&] {
      return on_root([&] { return compare(contenders, settings.rounds, run); });
    });
    result["sweep"] = sweeping;
  });
  return result;
}

}  // namespace bench
