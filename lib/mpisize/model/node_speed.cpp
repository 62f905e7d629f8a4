#include "mpisize/model/node_speed.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/workload.hpp"

namespace mpisize {
namespace {

std::optional<std::size_t> node_of(const Placement& placement, const ItemSample& s) {
  const auto rank = static_cast<std::size_t>(s.rank);
  if (rank >= placement.node_of_rank.size()) return std::nullopt;
  return static_cast<std::size_t>(placement.node_of_rank[rank]);
}

bool has_a_cpu_each(const PlacedNode& node) { return node.ranks <= std::max(1.0, node.cpus); }

/// Wall time of a sample, as far as the node and nothing else makes it.
double seconds_of(const ItemSample& s, const PlacedNode& node) {
  const bool waits_for_others = s.waited && has_a_cpu_each(node);
  return s.time.value() + (waits_for_others ? s.waited->value() : 0);
}

}  // namespace

void learn_speeds(Placement& placement, const KernelProfile& kernel, std::int64_t items) {
  constexpr std::size_t fewest = 4;  ///< Samples of a node.
  const bool any = std::any_of(kernel.samples.begin(), kernel.samples.end(),
                               [](const ItemSample& s) { return s.count > 0; });
  if (placement.nodes.size() < 2 || !any || items < 1) return;
  const Workload work = workload_of(kernel, items);
  std::vector<std::vector<double>> by_node(placement.nodes.size());
  std::vector<double> all;
  std::vector<std::size_t> group;
  for (const ItemSample& s : kernel.samples) {
    const auto node = node_of(placement, s);
    if (!node || s.first || s.alone || s.count < 1) continue;
    const std::int64_t position = std::clamp<std::int64_t>(s.position, 0, items - 1);
    const double expected = work.stratum_of(position).mean_rate * work.units(position, s.count);
    if (!(expected > 0)) continue;
    const double ratio = seconds_of(s, placement.nodes[*node]) / expected;
    by_node[*node].push_back(ratio);
    all.push_back(ratio);
    group.push_back(*node);
  }
  constexpr double beyond_chance = 2.33;
  const auto known = [](const std::vector<double>& ratios) { return ratios.size() >= fewest; };
  if (std::count_if(by_node.begin(), by_node.end(), known) < 2) return;
  for (std::size_t i = 0; i < by_node.size(); ++i) {
    if (known(by_node[i])) placement.nodes[i].speed = 1;
  }
  if (group_difference(all, group) <= beyond_chance) return;

  std::vector<double> means;
  double within = 0;  // Mean variance of a node's samples, and of a node's mean.
  double of_mean = 0;
  for (const std::vector<double>& ratios : by_node) {
    if (!known(ratios)) continue;
    means.push_back(mean(ratios));
    within += variance(ratios);
    of_mean += variance(ratios) / static_cast<double>(ratios.size());
  }
  const auto nodes = static_cast<double>(means.size());
  within /= nodes;
  const double between = std::max(0.0, variance(means) - of_mean / nodes);
  // Of two nodes the quicker is the yardstick.
  const double usual =
      means.size() == 2 ? *std::min_element(means.begin(), means.end()) : median(means);
  if (!(usual > 0) || between <= 0) return;
  for (std::size_t i = 0; i < by_node.size(); ++i) {
    if (!known(by_node[i])) continue;
    const double sure = between / (between + within / static_cast<double>(by_node[i].size()));
    const double ratio = usual + sure * (mean(by_node[i]) - usual);
    placement.nodes[i].speed = usual / std::max(ratio, usual * 1e-3);
  }
}

void level(KernelProfile& kernel, const Placement& placement) {
  for (ItemSample& s : kernel.samples) {
    const auto node = node_of(placement, s);
    if (!node || placement.nodes[*node].speed == 1) continue;
    s.time = Seconds(seconds_of(s, placement.nodes[*node]) * placement.nodes[*node].speed);
    if (has_a_cpu_each(placement.nodes[*node])) s.waited.reset();
  }
}

}  // namespace mpisize
