#include "mpisize/model/level_spread.hpp"

#include <algorithm>
#include <utility>

namespace mpisize {
namespace {

bool at_root(const NodeKind& kind) { return kind.from_root == Distance::root_node; }

/// Groups on each node of a kind.
int groups_on(const NodeKind& kind, int group) {
  const int members = kind.ranks - (at_root(kind) ? 1 : 0);
  const int size = std::max(1, group);
  return (members + size - 1) / size;
}

/// Workers, each a rank on a node of its own; on the root's node they are one kind with the root.
void add(Spread& spread, int workers, double speed, Distance from_root) {
  if (workers == 0) return;
  if (from_root == Distance::root_node) {
    spread.front().ranks += workers;
    spread.front().speed = speed;
  } else {
    spread.push_back({workers, 1, 1, speed, from_root});
  }
}

constexpr NodeKind root_alone{1, 1, 1, 1, Distance::root_node};

}  // namespace

int groups_on(const Spread& spread, int group) {
  int count = 0;
  for (const NodeKind& kind : spread) count += kind.nodes * groups_on(kind, group);
  return std::max(1, count);
}

MeanRank mean_of(const Spread& spread) {
  MeanRank mean;
  double ranks = 0;
  for (const NodeKind& k : spread) {
    const double n = static_cast<double>(k.nodes) * k.ranks;
    ranks += n;
    mean.speed += n * k.speed;
    mean.cpus += k.nodes * k.cpus;
  }
  mean.speed /= ranks;
  mean.cpus /= ranks;
  return mean;
}

Spread groups_as_ranks(const Spread& spread, int group, double mean_members, double mean_speed) {
  Spread groups{root_alone};
  for (const NodeKind& kind : spread) {
    const int each = groups_on(kind, group);
    if (each == 0) continue;
    const double members = static_cast<double>(kind.ranks - (at_root(kind) ? 1 : 0)) / each;
    const double speed = members / mean_members * kind.speed / mean_speed;
    if (at_root(kind)) {
      groups.front().ranks += each;
      groups.front().speed = speed;
    } else {
      groups.push_back({kind.nodes, each, 1, speed, kind.from_root});
    }
  }
  return groups;
}

Spread racks_as_ranks(const Spread& groups, int together) {
  Spread racks{root_alone};
  int open = 0;      // Groups of the rack that is being filled,
  double speed = 0;  // and theirs.
  for (const NodeKind& kind : groups) {
    int left = kind.nodes * kind.ranks - (at_root(kind) ? 1 : 0);
    if (open > 0) {
      const int more = std::min(left, together - open);
      open += more;
      speed += more * kind.speed;
      left -= more;
      if (open < together) continue;
      add(racks, 1, speed / together, kind.from_root);
    }
    add(racks, left / together, kind.speed, kind.from_root);
    open = left % together;
    speed = open * kind.speed;
  }
  if (open > 0) add(racks, 1, speed / together, groups.back().from_root);
  return racks;
}

Spread alike(int ranks, int on_node, const MeanRank& mean) {
  Spread spread;
  for (int left = ranks; left > 0; left -= spread.back().nodes * spread.back().ranks) {
    const int here = std::min(left, on_node);
    const bool first = spread.empty();
    spread.push_back({first ? 1 : left / here, here, here * mean.cpus, mean.speed,
                      first ? Distance::root_node : Distance::root_rack});
  }
  return spread;
}

std::shared_ptr<const Spreads> only(int ranks, Spread spread) {
  Spreads spreads;
  spreads.emplace(ranks, std::move(spread));
  return std::make_shared<const Spreads>(std::move(spreads));
}

}  // namespace mpisize
