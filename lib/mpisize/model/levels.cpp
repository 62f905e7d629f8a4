#include "mpisize/model/levels.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace mpisize {
namespace {

std::int64_t part_of(std::int64_t count, double part) {
  return static_cast<std::int64_t>(std::llround(static_cast<double>(count) * part));
}

/// Every so-and-so-many-th item of the work.
Workload share_of(const Workload& all, std::int64_t items) {
  Workload work = all;
  const double part = static_cast<double>(items) / static_cast<double>(all.items);
  work.items = items;
  work.total *= part;
  for (Stratum& s : work.strata) {
    const std::int64_t end = part_of(s.first + s.count, part);
    s.first = part_of(s.first, part);
    s.count = end - s.first;
    s.units *= part;
  }
  for (SizeSum& sum : work.size_sums) {
    sum.items = part_of(sum.items, part);
    sum.bytes = Bytes(part_of(sum.bytes.value(), part));
  }
  return work;
}

/// Every item takes `factor` times as long.
void stretch(Workload& work, double factor) {
  for (Stratum& s : work.strata) {
    for (double& rate : s.rates) rate *= factor;
    s.mean_rate *= factor;
    s.rate_sd *= factor;
  }
  for (double* time : {&work.total, &work.mean, &work.sd, &work.largest, &work.largest_seen}) {
    *time *= factor;
  }
  for (TailPoint& point : work.tail) {
    point.time *= factor;
    point.seconds *= factor;
  }
}

/// Groups on each node of a kind.
int groups_on(const NodeKind& kind, int group) {
  const int members = kind.ranks - (kind.from_root == Distance::root_node ? 1 : 0);
  const int size = std::max(1, group);
  return (members + size - 1) / size;
}

/// Of the ranks, in the mean.
struct MeanRank {
  double speed = 0;
  double cpus = 0;  ///< Of its node, for it.
};
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

std::shared_ptr<const Spreads> only(int ranks, Spread spread) {
  Spreads spreads;
  spreads.emplace(ranks, std::move(spread));
  return std::make_shared<const Spreads>(std::move(spreads));
}

/// The root, then every group as one rank of a node of its own: as fast, to the mean group, as its
/// ranks are together.
Spread groups_as_ranks(const Spread& spread, const SubRoots& sub, double mean_members,
                       double mean_speed) {
  Spread groups{{1, 1, 1, 1, Distance::root_node}};
  for (const NodeKind& kind : spread) {
    const int each = groups_on(kind, sub.group);
    if (each == 0) continue;
    const bool at_root = kind.from_root == Distance::root_node;
    const double members = static_cast<double>(kind.ranks - (at_root ? 1 : 0)) / each;
    const double speed = members / mean_members * kind.speed / mean_speed;
    if (at_root) {
      groups.front().ranks += each;
      groups.front().speed = speed;
    } else {
      groups.push_back({kind.nodes, each, 1, speed, kind.from_root});
    }
  }
  return groups;
}

}  // namespace

Groups groups_of(const Situation& s, int ranks, const SubRoots& sub) {
  if (const Spread* const spread = spread_of(s, ranks)) {
    Groups groups;
    groups.count = 0;
    for (const NodeKind& kind : *spread) groups.count += kind.nodes * groups_on(kind, sub.group);
    groups.count = std::max(1, groups.count);
    groups.ranks = std::max(1, (ranks - 1 + groups.count - 1) / groups.count);
    groups.computing = std::max(1, groups.ranks - (sub.compute ? 0 : 1));
    return groups;
  }
  const int on_node = std::max(1, (ranks + s.nodes - 1) / s.nodes);
  const int size = std::max(1, std::min(sub.group, on_node));
  Groups groups;
  groups.count = std::max(1, (ranks - 1 + size - 1) / size);
  groups.ranks = std::max(1, (ranks - 1 + groups.count - 1) / groups.count);
  groups.computing = std::max(1, groups.ranks - (sub.compute ? 0 : 1));
  return groups;
}

PlanOfLevel inside_of_group(const Situation& s, int ranks, const ScatterPattern& p) {
  const Groups groups = groups_of(s, ranks, *p.sub_roots);
  PlanOfLevel inside{s, groups.ranks, {}};
  Situation& in = inside.situation;
  const std::int64_t items = std::max<std::int64_t>(1, s.work.items / groups.count);
  in.work = share_of(s.work, items);
  in.nodes = 1;
  // All ranks of the node compute, whichever group they are in.
  const int on_node = std::max(1, (ranks + s.nodes - 1) / s.nodes);
  in.cpus = s.cpus * groups.ranks / std::max(on_node, groups.ranks);
  if (const Spread* const spread = spread_of(s, ranks)) {
    const MeanRank mean = mean_of(*spread);
    const NodeKind node{1, groups.ranks, groups.ranks * mean.cpus, mean.speed, Distance::root_node};
    in.spreads = only(groups.ranks, {node});
  }
  in.costs.root_per_chunk = s.costs.near_per_chunk;
  in.costs.worker_per_chunk = std::max(s.costs.near_per_chunk, s.costs.worker_turn);
  in.costs.one_way = s.costs.near_one_way;
  in.costs.flow_per_item = 0;
  in.costs.port_out_per_item = in.costs.port_in_per_item = 0;
  in.start_up = in.parallel_setup = 0;
  in.mould = {};
  inside.pattern.chunk = p.sub_roots->piece;
  inside.pattern.queued = p.sub_roots->queued;
  inside.pattern.root_computes = p.sub_roots->compute || groups.ranks == 1;
  inside.pattern.largest_first = p.largest_first;
  return inside;
}

PlanOfLevel between_groups(const Situation& s, int ranks, const ScatterPattern& p) {
  const Groups groups = groups_of(s, ranks, *p.sub_roots);
  PlanOfLevel between{s, groups.count + 1, p};
  Situation& out = between.situation;
  stretch(out.work, paces_of(s, ranks, false).mean);
  out.work.noise = s.work.noise / std::sqrt(groups.computing);
  out.kernel.slowdown.clear();
  out.kernel.waiting.clear();
  out.kernel.cpu_share = 0;  // What ranks do to each other is in the work already.
  Crew& crew = out.crew.emplace();
  // Sub-roots come to compute if more is sent ahead than the other ranks hold.
  const int others = std::max(1, groups.ranks - 1);
  const std::int64_t held =
      (std::int64_t{others} * p.sub_roots->queued + groups.ranks) * p.sub_roots->piece;
  crew.leader_computes = p.sub_roots->compute && (groups.ranks == 1 || p.queued * p.chunk >= held);
  crew.ranks = crew.leader_computes ? groups.ranks : others;
  crew.all = std::max(groups.count, ranks - 1 - (crew.leader_computes ? 0 : groups.count));
  crew.piece = p.sub_roots->piece;
  // No rank is given more than its share of what the group holds, which is some chunks, half of one
  // of them done already.
  const double share = (p.queued - 0.5) * static_cast<double>(p.chunk) /
                       (static_cast<double>(p.sub_roots->piece) * groups.ranks);
  crew.ahead = std::max(0.0, std::min<double>(p.sub_roots->queued, share) - 1);
  crew.per_piece = s.costs.near_per_chunk;
  crew.one_way = s.costs.near_one_way;
  if (const Spread* const spread = spread_of(s, ranks)) {
    const double members = static_cast<double>(ranks - 1) / groups.count;
    out.spreads = only(between.ranks,
                       groups_as_ranks(*spread, *p.sub_roots, members, mean_of(*spread).speed));
  }
  between.pattern.sub_roots.reset();
  return between;
}

}  // namespace mpisize
