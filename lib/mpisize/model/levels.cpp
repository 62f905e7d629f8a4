#include "mpisize/model/levels.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "mpisize/model/level_spread.hpp"

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

/// Pieces of a rank's even share of what the sub-root holds, which is some chunks, half of one of
/// them done already.
double even_share(std::int64_t chunk, int chunks, std::int64_t piece, int ranks) {
  return (chunks - 0.5) * static_cast<double>(chunk) / (static_cast<double>(piece) * ranks);
}

/// Of the pieces queued at a rank those besides the one in work: no more than its share.
double pieces_ahead(std::int64_t chunk, int chunks, std::int64_t piece, int pieces, int ranks) {
  return std::max(0.0, std::min<double>(pieces, even_share(chunk, chunks, piece, ranks)) - 1);
}

/// Ranks on each node, if as many are on all.
int mean_on_node(const Situation& s, int ranks) {
  return std::max(1, (ranks + s.nodes - 1) / s.nodes);
}

/// Groups of all nodes.
int count_groups(const Situation& s, int ranks, int group) {
  if (const Spread* const spread = spread_of(s, ranks)) return groups_on(*spread, group);
  const int size = std::max(1, std::min(group, mean_on_node(s, ranks)));
  return std::max(1, (ranks - 1 + size - 1) / size);
}

/// The ranks of a group while chunks of so many items come to it, so many at a time.
Crew crew_of_group(const Situation& s, int ranks, const SubRoots& sub, std::int64_t chunk,
                   int queued) {
  Crew crew;
  // Sub-roots come to compute if more is sent ahead than the other ranks hold.
  const int others = std::max(1, ranks - 1);
  const std::int64_t held = (std::int64_t{others} * sub.queued + ranks) * sub.piece;
  crew.leader_computes = sub.compute && (ranks == 1 || queued * chunk >= held);
  crew.ranks = crew.leader_computes ? ranks : others;
  crew.piece = sub.piece;
  crew.ahead = pieces_ahead(chunk, queued, sub.piece, sub.queued, ranks);
  crew.per_piece = s.costs.near_per_chunk;
  crew.one_way = s.costs.near_one_way;
  return crew;
}

/// The same of a rack with so many groups, whose pieces go to their sub-roots.
Crew crew_of_rack(const Situation& s, int groups, const Racks& racks) {
  Crew crew;
  crew.leader_computes = false;
  crew.ranks = groups;
  crew.piece = racks.piece;
  crew.ahead = racks.queued - 1;
  crew.per_piece =
      s.costs.root_per_chunk + static_cast<double>(racks.piece) * s.costs.root_per_item;
  crew.one_way = s.costs.one_way;
  return crew;
}

/// How racks divide the groups.
struct Division {
  int racks = 1;
  int groups = 1;  ///< Of one.
  int ranks = 1;   ///< Of a group, without those that dispatch to sub-roots.
};
Division division_of(const Situation& s, int ranks, const SubRoots& sub) {
  const int groups = count_groups(s, ranks, sub.group);
  Division division;
  division.racks = groups_of(s, ranks, sub).count;
  division.groups = (groups + division.racks - 1) / division.racks;
  division.ranks = std::max(1, (ranks - 1 - division.racks + groups - 1) / groups);
  return division;
}

/// With racks pieces and queues come to be smaller than planned where chunks hold too little:
/// nobody is handed more than an even share. Chunks that shrink hold what they do in the mean.
SubRoots as_handed_on(const Situation& s, int ranks, const ScatterPattern& p) {
  SubRoots sub = *p.sub_roots;
  if (!sub.racks) return sub;
  const Division division = division_of(s, ranks, sub);
  const auto shrink = [](std::int64_t chunk, int chunks, int to, std::int64_t& piece, int& queued) {
    const double share = even_share(chunk, chunks, 1, to);
    piece = std::clamp<std::int64_t>(static_cast<std::int64_t>(share), 1, piece);
    queued = 1 + static_cast<int>(pieces_ahead(chunk, chunks, piece, queued, to));
  };
  const std::int64_t items = std::max<std::int64_t>(1, s.work.items);
  const std::int64_t chunk = items / chunk_count(p.schedule, items, division.racks, p.chunk);
  shrink(chunk, p.queued, division.groups, sub.racks->piece, sub.racks->queued);
  int at_rank = sub.queued;  // Of these the crew knows itself.
  shrink(sub.racks->piece, sub.racks->queued, division.ranks, sub.piece, at_rank);
  return sub;
}

/// A sub-root and the ranks of its node.
void make_group(const Situation& s, int ranks, const ScatterPattern& p, PlanOfLevel& inside) {
  Situation& in = inside.situation;
  in.nodes = 1;
  // All ranks of the node compute, whichever group they are in.
  in.cpus = s.cpus * inside.ranks / std::max(mean_on_node(s, ranks), inside.ranks);
  if (const Spread* const spread = spread_of(s, ranks)) {
    const MeanRank mean = mean_of(*spread);
    const NodeKind node{1, inside.ranks, inside.ranks * mean.cpus, mean.speed, Distance::root_node};
    in.spreads = only(inside.ranks, {node});
  }
  in.costs.root_per_chunk = s.costs.near_per_chunk;
  in.costs.worker_per_chunk = std::max(s.costs.near_per_chunk, s.costs.worker_turn);
  in.costs.one_way = s.costs.near_one_way;
  in.costs.port_out_per_item = in.costs.port_in_per_item = 0;
  inside.pattern.chunk = p.sub_roots->piece;
  inside.pattern.queued = p.sub_roots->queued;
  inside.pattern.root_computes = p.sub_roots->compute || inside.ranks == 1;
}

/// The sub-root above those of a rack's groups is the root of nodes that are alike.
void make_rack(const Situation& s, int ranks, const ScatterPattern& p, PlanOfLevel& inside) {
  Situation& in = inside.situation;
  int on_node = mean_on_node(s, ranks);
  if (const Spread* const spread = spread_of(s, ranks)) {
    on_node = (ranks + node_count(*spread) - 1) / node_count(*spread);
    in.spreads = only(inside.ranks, alike(inside.ranks, on_node, mean_of(*spread)));
  }
  in.nodes = std::max(1, (inside.ranks + on_node - 1) / on_node);
  inside.pattern.sub_roots = as_handed_on(s, ranks, p);
  inside.pattern.chunk = inside.pattern.sub_roots->racks->piece;
  inside.pattern.queued = inside.pattern.sub_roots->racks->queued;
  inside.pattern.sub_roots->racks.reset();
  inside.pattern.root_computes = false;
}

}  // namespace

Groups groups_of(const Situation& s, int ranks, const SubRoots& sub) {
  const int count = count_groups(s, ranks, sub.group);
  const int together = sub.racks ? std::clamp(sub.racks->groups, 1, count) : 1;
  Groups groups;
  groups.count = (count + together - 1) / together;
  groups.ranks = std::max(1, (ranks - 1 + groups.count - 1) / groups.count);
  const int only_dispatch = (sub.compute ? 0 : together) + (sub.racks ? 1 : 0);
  groups.computing = std::max(1, groups.ranks - only_dispatch);
  return groups;
}

PlanOfLevel inside_of_group(const Situation& s, int ranks, const ScatterPattern& p) {
  const Groups groups = groups_of(s, ranks, *p.sub_roots);
  PlanOfLevel inside{s, groups.ranks, {}};
  Situation& in = inside.situation;
  const std::int64_t items = std::max<std::int64_t>(1, s.work.items / groups.count);
  in.work = share_of(s.work, items);
  in.costs.flow_per_item = 0;
  in.start_up = in.parallel_setup = 0;
  in.mould = {};
  inside.pattern.largest_first = p.largest_first;
  if (p.sub_roots->racks) {
    make_rack(s, ranks, p, inside);
  } else {
    make_group(s, ranks, p, inside);
  }
  return inside;
}

PlanOfLevel between_groups(const Situation& s, int ranks, const ScatterPattern& p) {
  const SubRoots sub = as_handed_on(s, ranks, p);
  const Groups groups = groups_of(s, ranks, sub);
  PlanOfLevel between{s, groups.count + 1, p};
  Situation& out = between.situation;
  stretch(out.work, paces_of(s, ranks, false).mean);
  out.work.noise = s.work.noise / std::sqrt(groups.computing);
  out.kernel.slowdown.clear();
  out.kernel.waiting.clear();
  out.kernel.cpu_share = 0;  // What ranks do to each other is in the work already.
  const int count = count_groups(s, ranks, sub.group);
  int only_dispatch = 1 + (sub.racks ? groups.count : 0);
  Crew& crew = out.crew.emplace();
  if (sub.racks) {
    const Division division = division_of(s, ranks, sub);
    crew = crew_of_rack(s, division.groups, *sub.racks);
    crew.each = std::make_shared<const Crew>(
        crew_of_group(s, division.ranks, sub, sub.racks->piece, sub.racks->queued));
  } else {
    crew = crew_of_group(s, groups.ranks, sub, p.chunk, p.queued);
  }
  if (!(crew.each ? *crew.each : crew).leader_computes) only_dispatch += count;
  crew.all = std::max(groups.count, ranks - only_dispatch);
  if (const Spread* const spread = spread_of(s, ranks)) {
    const double members = static_cast<double>(ranks - 1) / count;
    Spread workers = groups_as_ranks(*spread, sub.group, members, mean_of(*spread).speed);
    if (sub.racks) workers = racks_as_ranks(workers, sub.racks->groups);
    out.spreads = only(between.ranks, std::move(workers));
  }
  between.pattern.sub_roots.reset();
  return between;
}

}  // namespace mpisize
