#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "sampling.hpp"

namespace mpisize::tools {
namespace {

struct Mean {
  double value;
  double relative_error;  ///< Standard error / value.
};

/// Mean item time without the first stretch of each rank, whose one-time cost is not the item's.
/// Empty if nothing is left or the clock saw nothing.
std::optional<Mean> item_mean(const KernelProfile& profile) {
  std::vector<double> times;
  for (const ItemSample& sample : profile.samples) {
    if (!sample.first && sample.count > 0) {
      times.push_back(sample.time.value() / static_cast<double>(sample.count));
    }
  }
  if (times.empty()) return std::nullopt;
  const double value = mean(times);
  if (value <= 0) return std::nullopt;
  const double error = std::sqrt(variance(times) / static_cast<double>(times.size()));
  return Mean{value, error / value};
}

}  // namespace

KernelProfile merge(const std::vector<CountedProfile>& profiles) {
  if (profiles.empty()) throw std::invalid_argument("no profile to merge");
  KernelProfile result = profiles.back().profile;
  std::map<int, Slowdown> slowdown;
  for (const auto& [ranks, profile] : profiles) {
    for (const Slowdown& s : profile.slowdown) slowdown[s.ranks_per_node] = s;
    // A worker's memory and the root's are the largest seen.
    result.rank_memory = std::max(result.rank_memory, profile.rank_memory);
    result.root_memory = std::max(result.root_memory, profile.root_memory);
  }
  const auto alone =
      profiles.front().ranks_per_node == 1 ? item_mean(profiles.front().profile) : std::nullopt;
  constexpr double z = 1.645;  // 90 % of a normal distribution
  for (const auto& [ranks, profile] : profiles) {
    const auto together = item_mean(profile);
    if (!alone || !together || ranks == 1) continue;
    const double ratio = together->value / alone->value;
    const double spread = z * std::hypot(alone->relative_error, together->relative_error);
    const double low = std::max(1.0, ratio * (1 - spread));
    slowdown[ranks] = {ranks,
                       measured(std::max(1.0, ratio), low, std::max(low, ratio * (1 + spread)))};
  }
  result.slowdown.clear();
  for (const auto& [ranks, s] : slowdown) result.slowdown.push_back(s);
  return result;
}

}  // namespace mpisize::tools
