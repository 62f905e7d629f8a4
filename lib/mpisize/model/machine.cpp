#include "mpisize/model/machine.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

namespace mpisize {

std::optional<Link> link_at(const Machine& machine, Level level) {
  std::optional<Link> nearest;
  const auto distance = [level](const Link& link) {
    return std::abs(static_cast<int>(link.level) - static_cast<int>(level));
  };
  for (const Link& link : machine.links) {
    // Of two levels equally near the farther ranks: expecting slower messages is the safe side.
    if (!nearest || distance(link) < distance(*nearest) ||
        (distance(link) == distance(*nearest) && link.level > nearest->level)) {
      nearest = link;
    }
  }
  return nearest;
}

Interval launch_time(const Launch& launch, int nodes, int ranks) {
  if (nodes < 1 || ranks < 1) throw std::invalid_argument("launch of fewer than one rank or node");
  const double times[] = {1.0, static_cast<double>(nodes), static_cast<double>(ranks)};
  const Estimate<Seconds> parts[] = {launch.fixed, launch.per_node, launch.per_rank};
  Seconds value{};
  double below = 0;
  double above = 0;
  for (int i = 0; i < 3; ++i) {
    value += parts[i].value * times[i];
    below += std::pow((parts[i].value - parts[i].low).value() * times[i], 2);
    above += std::pow((parts[i].high - parts[i].value).value() * times[i], 2);
  }
  return {value, std::max(Seconds(0), value - Seconds(std::sqrt(below))),
          value + Seconds(std::sqrt(above))};
}

}  // namespace mpisize
