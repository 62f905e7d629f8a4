#include "mpisize/model/routine_summary.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

OverRanks over(const std::vector<double>& times) {
  if (times.empty()) return {};
  const auto [least, most] = std::minmax_element(times.begin(), times.end());
  return {Seconds(*least), Seconds(median(times)), Seconds(*most)};
}

/// Counters of many ranks may exceed what one of them can.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  return a > largest - b ? largest : a + b;
}

}  // namespace

std::vector<RoutineSummary> summarize_routines(const ProgramRun& run) {
  struct Gathered {
    RoutineSummary summary;
    std::vector<double> times;
  };
  std::map<std::pair<std::string, int>, Gathered> all;
  for (const RankUse& rank : run.by_rank) {
    for (const RoutineUse& use : rank.routines) {
      Gathered& gathered = all[{use.routine, use.comm_size}];
      gathered.summary.calls = sum(gathered.summary.calls, use.calls);
      gathered.summary.bytes = sum(gathered.summary.bytes, use.bytes);
      gathered.times.push_back(use.time.value());
    }
  }
  std::vector<std::pair<double, RoutineSummary>> by_time;
  for (auto& [key, gathered] : all) {
    gathered.summary.routine = key.first;
    gathered.summary.comm_size = key.second;
    gathered.summary.ranks = static_cast<int>(gathered.times.size());
    gathered.summary.time = over(gathered.times);
    by_time.emplace_back(std::accumulate(gathered.times.begin(), gathered.times.end(), 0.0),
                         gathered.summary);
  }
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<RoutineSummary> summaries;
  summaries.reserve(by_time.size());
  for (auto& [time, summary] : by_time) summaries.push_back(std::move(summary));
  return summaries;
}

OverRanks over_ranks(const ProgramRun& run, Seconds RankUse::*quantity) {
  std::vector<double> times;
  times.reserve(run.by_rank.size());
  for (const RankUse& rank : run.by_rank) times.push_back((rank.*quantity).value());
  return over(times);
}

}  // namespace mpisize
