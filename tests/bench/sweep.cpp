#include "sweep.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "mpisize/base/statistics.hpp"

namespace bench {
namespace {

using mpisize::Schedule;

void add_chunks(std::vector<Choices>& plans, Choices plan, std::int64_t largest) {
  constexpr std::array<int, 4> depths{1, 2, 4, 16};
  const std::int64_t even = largest;
  for (std::int64_t chunk = 1;; chunk = std::min(chunk * 4, largest)) {
    plan.chunk = chunk;
    for (const int queued : depths) {
      // No worker gets more than an even share beyond its first chunk.
      if (queued > 1 && (queued / 2) * chunk >= even) break;
      plan.queued = queued;
      plans.push_back(plan);
    }
    if (chunk >= largest) return;
  }
}

void shuffle(std::vector<Choices>& plans, std::size_t from, mpisize::Random& random) {
  for (std::size_t i = plans.size(); i > from + 1; --i) {
    const auto j =
        from + static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i - from)));
    std::swap(plans[i - 1], plans[j]);
  }
}

}  // namespace

std::vector<Choices> all_plans(int ranks, std::int64_t items, std::uint64_t seed, bool flow) {
  std::vector<Choices> plans;
  mpisize::Random random(seed);
  for (int r = ranks; r >= 2; --r) {
    for (const bool root_computes : {true, false}) {
      const std::size_t from = plans.size();
      Choices plan{r, Schedule::static_block, 1, 1, root_computes};
      const std::int64_t even =
          std::max<std::int64_t>(1, (items + plan.computing() - 1) / plan.computing());
      if (!flow) plans.push_back(plan);
      plan.schedule = Schedule::dynamic;
      add_chunks(plans, plan, even);
      for (const Schedule schedule : {Schedule::guided, Schedule::factoring}) {
        if (flow) continue;
        plan.schedule = schedule;
        add_chunks(plans, plan, std::max<std::int64_t>(1, even / 16));
      }
      shuffle(plans, from, random);
    }
  }
  plans.push_back({});
  return plans;
}

std::vector<Rule> usual_rules(int ranks, std::int64_t items, double mean_time, bool flow) {
  const auto dynamic = [&](double chunk) {
    const double whole =
        std::clamp(std::floor(chunk), 1.0, static_cast<double>(std::max<std::int64_t>(1, items)));
    return Choices{ranks, Schedule::dynamic, static_cast<std::int64_t>(whole), 2, true};
  };
  const double even = static_cast<double>(items) / ranks;
  return {{"chunk 1", dynamic(1)},
          {"N/P", flow ? dynamic(even) : Choices{ranks, Schedule::static_block, 1, 1, true}},
          {"N/4P", dynamic(even / 4)},
          {"0.2 s", dynamic(0.2 / mean_time)}};
}

double lower_bound(const Choices& choices, const std::vector<double>& times, int cores) {
  if (times.empty()) return 0;
  const double total = std::accumulate(times.begin(), times.end(), 0.0);
  const int shares = cores > 0 ? std::min(cores, choices.computing()) : choices.computing();
  return std::max(total / shares, *std::max_element(times.begin(), times.end()));
}

}  // namespace bench
