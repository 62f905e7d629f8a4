#include "mpisize/model/levels.hpp"

#include <algorithm>
#include <cmath>

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

}  // namespace

Groups groups_of(const Situation& s, int ranks, const SubRoots& sub) {
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
  stretch(out.work, slowdown_of(s, ranks, false));
  out.work.noise = s.work.noise / std::sqrt(groups.computing);
  out.kernel.slowdown.clear();
  out.kernel.waiting.clear();
  out.kernel.cpu_share = 0;  // What ranks do to each other is in the work already.
  Crew& crew = out.crew.emplace();
  crew.ranks = groups.computing;
  crew.all = std::max(groups.count, ranks - 1 - (p.sub_roots->compute ? 0 : groups.count));
  crew.piece = p.sub_roots->piece;
  crew.queued = p.sub_roots->queued;
  crew.leader_computes = p.sub_roots->compute;
  crew.per_piece = s.costs.near_per_chunk;
  crew.one_way = s.costs.near_one_way;
  between.pattern.sub_roots.reset();
  return between;
}

}  // namespace mpisize
