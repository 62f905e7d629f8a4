#include "mpisize/model/time_model.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "mpisize/model/levels.hpp"

namespace mpisize {
namespace {

/// Expected maximum of n standard normal values (Blom 1958).
double expected_normal_maximum(double n) {
  return n <= 1 ? 0 : normal_quantile((n - 0.375) / (n + 0.25));
}

/// Work of the heaviest of `blocks` equal blocks over that of the mean one.
double heaviest_block(const Workload& work, int blocks) {
  constexpr int most = 256;
  const int looked_at = std::min(blocks, most);
  const auto n = static_cast<double>(work.items);
  const double mean_block = work.total / blocks;
  if (mean_block <= 0) return 1;
  if (work.strata.size() == 1 && work.size_sums.empty()) return 1;
  std::vector<double> before{0};
  for (const Stratum& s : work.strata) before.push_back(before.back() + s.mean_rate * s.units);
  const auto work_before = [&](std::int64_t position) {
    if (position >= work.items) return before.back();
    const Stratum& s = work.stratum_of(position);
    return before[static_cast<std::size_t>(&s - work.strata.data())] +
           s.mean_rate * work.units(s.first, position - s.first);
  };
  double heaviest = 0;
  for (int i = 0; i < looked_at; ++i) {
    // Of more blocks than are looked at, those at the front (the largest items) and an even choice.
    const double at = blocks <= most ? i : static_cast<double>(i) * (blocks - 1) / (looked_at - 1);
    const auto from = static_cast<std::int64_t>(n * at / blocks);
    const auto to = static_cast<std::int64_t>(n * (at + 1) / blocks);
    heaviest = std::max(heaviest, work_before(to) - work_before(from));
  }
  return std::max(1.0, heaviest / mean_block);
}

}  // namespace

StageCosts stage_costs(const Machine& machine, const KernelProfile& kernel) {
  const DispatchCost& d = machine.dispatch;
  const Bytes carried = kernel.item_bytes + kernel.result_bytes;
  StageCosts costs;
  costs.root_per_chunk = d.root_per_chunk.value.value();
  costs.worker_per_chunk = std::max(d.worker_per_chunk.value, kernel.worker_turn.value).value();
  const double carry = (d.root_per_byte.value * carried).value();
  costs.root_per_item = carry + kernel.root_packing.value.value();
  costs.worker_per_item = carry + kernel.worker_packing.value.value();
  costs.flow_per_item = (kernel.pull.value + kernel.sink.value).value();
  costs.shared_message = d.shared_message.value;
  costs.port_out_per_item = (d.port_per_byte.value * kernel.item_bytes).value();
  costs.port_in_per_item = (d.port_per_byte.value * kernel.result_bytes).value();
  const auto at_level = [&machine](Level level) -> const Link* {
    const auto link = std::find_if(machine.links.begin(), machine.links.end(),
                                   [level](const Link& l) { return l.level == level; });
    return link == machine.links.end() ? nullptr : &*link;
  };
  const Link* const nodes = at_level(Level::between_nodes);
  const Link* const racks = at_level(Level::between_racks);
  if (nodes != nullptr && racks != nullptr) {
    costs.rack_one_way = std::max(0.0, (racks->latency.value - nodes->latency.value).value());
    constexpr double surely_less = 1.1;
    if (racks->per_byte.value.value() > surely_less * nodes->per_byte.value.value()) {
      costs.uplink_out_per_item = (racks->per_byte.value * kernel.item_bytes).value();
      costs.uplink_in_per_item = (racks->per_byte.value * kernel.result_bytes).value();
    }
  }
  const double busy = costs.root_per_chunk + costs.worker_per_chunk;
  costs.one_way = std::max(0.0, d.round_trip.value.value() - busy) / 2;
  costs.worker_turn = kernel.worker_turn.value.value();
  const NearCost near = d.near.value_or(
      machine.topology.nodes > 1 ? NearCost{} : NearCost{d.root_per_chunk, d.round_trip});
  costs.near_per_chunk = near.root_per_chunk.value.value();
  costs.near_one_way = std::max(0.0, near.round_trip.value.value() - 2 * costs.near_per_chunk) / 2;
  return costs;
}

double message_share(const StageCosts& costs, double chunk_seconds, int queued) {
  if (chunk_seconds >= tiny_chunk.value()) return 1;
  // 1 where all travel alone, shared_message where messages are full, linear in the messages.
  const double messages = 1.0 / tiny_chunks_in_a_message(queued);
  constexpr double fewest = 1.0 / most_in_a_message;
  return costs.shared_message + (1 - costs.shared_message) * (messages - fewest) / (1 - fewest);
}

double slowdown_of(const Situation& s, int ranks, bool root_computes) {
  const int here = (ranks + s.nodes - 1) / s.nodes;
  const bool root_polls = !root_computes && ranks > 1;
  // A root that only polls gives way where ranks outnumber cores.
  const bool gives_way = static_cast<double>(here) > s.cpus;
  const int computing = std::max(1, here - (root_polls ? 1 : 0));
  return slowdown(s.kernel, s.cpus, computing, root_polls && !gives_way ? 1 : 0);
}

const Spread* spread_of(const Situation& s, int ranks) {
  if (!s.spreads) return nullptr;
  const auto found = s.spreads->find(ranks);
  return found == s.spreads->end() ? nullptr : &found->second;
}

double pace_of(const Situation& s, const NodeKind& kind, bool root_computes) {
  const bool root_polls = !root_computes && kind.from_root == Distance::root_node && kind.ranks > 1;
  const bool gives_way = static_cast<double>(kind.ranks) > kind.cpus;
  const int computing = std::max(1, kind.ranks - (root_polls ? 1 : 0));
  // The speed of a rank alone was measured within the quota of its node.
  const double unthrottled = kind.speed * std::max(1.0, 1 / std::max(kind.cpus, 1e-3));
  return slowdown(s.kernel, kind.cpus, computing, root_polls && !gives_way ? 1 : 0) / unthrottled;
}

Paces paces_of(const Situation& s, int ranks, bool root_computes) {
  Paces paces;
  const Spread* const spread = spread_of(s, ranks);
  if (spread == nullptr) {
    paces.mean = paces.root = paces.fastest = paces.slowest = slowdown_of(s, ranks, root_computes);
    const int computing = std::max(1, ranks - (root_computes ? 0 : 1));
    paces.far = static_cast<double>(far_workers(s, ranks)) / computing;
    return paces;
  }
  double computing = 0;
  double speed = 0;
  double far = 0;
  double other_rack = 0;
  paces.slowest = paces.fastest = 0;
  for (const NodeKind& kind : *spread) {
    const double pace = pace_of(s, kind, root_computes);
    const bool at_root = kind.from_root == Distance::root_node;
    if (at_root) paces.root = pace;
    const double n =
        static_cast<double>(kind.nodes) * kind.ranks - (at_root && !root_computes ? 1 : 0);
    if (n <= 0) continue;
    computing += n;
    speed += n / pace;
    if (!at_root) far += n / pace;
    if (kind.from_root == Distance::other_rack) other_rack += n / pace;
    paces.slowest = std::max(paces.slowest, pace);
    paces.fastest = paces.fastest > 0 ? std::min(paces.fastest, pace) : pace;
  }
  if (speed <= 0) return paces;
  paces.mean = computing / speed;
  paces.far = far / speed;
  paces.other_rack = other_rack / speed;
  return paces;
}

int far_workers(const Situation& s, int ranks) {
  if (const Spread* const spread = spread_of(s, ranks)) {
    return std::max(0, ranks - spread->front().ranks);
  }
  const int here = (ranks + s.nodes - 1) / s.nodes;
  return std::max(0, ranks - here);
}

double time_through_root(const Situation& s, int ranks) {
  const auto items = static_cast<double>(s.work.items);
  const double port = std::max(s.costs.port_out_per_item, s.costs.port_in_per_item);
  return items * std::max(s.costs.root_per_item + s.costs.flow_per_item,
                          paces_of(s, ranks, false).far * port);
}

double regrouping_time(const Situation& s, int ranks) {
  const double last_item =
      s.items_in_flight > 0 ? longest_of(s.work, s.items_in_flight) * paces_of(s, ranks, true).mean
                            : 0;
  constexpr double rounds = 4;  // Of a tree over all ranks, each way.
  return last_item + ranks * s.costs.root_per_chunk +
         rounds * std::log2(std::max(2, ranks)) * s.costs.one_way;
}

double serial_time(const Situation& s) {
  return s.work.total * paces_of(s, 1, true).root +
         static_cast<double>(s.work.items) * s.costs.flow_per_item;
}

double saturating_workers(const Situation& s, std::int64_t chunk) {
  const auto c = static_cast<double>(chunk);
  const double w = s.costs.worker_per_chunk + c * (s.costs.worker_per_item + s.work.mean);
  const double a = s.costs.root_per_chunk + c * (s.costs.root_per_item + s.costs.flow_per_item);
  return a > 0 ? w / a : 1e18;
}

namespace {

/// How much longer than ranks that are alike those of unlike nodes are inside their last chunks: of
/// m ranks of a pace the last is m / (m + 1) of its chunk behind the first.
double slower_end(const Situation& s, int ranks, bool root_computes, const Paces& paces) {
  const Spread* const spread = spread_of(s, ranks);
  if (spread == nullptr) return 1;
  double longest = 0;
  for (const NodeKind& kind : *spread) {
    const double m = static_cast<double>(kind.nodes) * kind.ranks -
                     (kind.from_root == Distance::root_node && !root_computes ? 1 : 0);
    longest = std::max(longest, pace_of(s, kind, root_computes) * m / (m + 1));
  }
  const double n = std::max(1, ranks - (root_computes ? 0 : 1));
  return std::max(1.0, longest / (paces.mean * n / (n + 1)));
}

ClosedForm of_two_levels(const Situation& s, int ranks, const ScatterPattern& p) {
  const PlanOfLevel group = inside_of_group(s, ranks, p);
  const ClosedForm inside = closed_form(group.situation, group.ranks, group.pattern);
  const PlanOfLevel groups = between_groups(s, ranks, p);
  ClosedForm t = closed_form(groups.situation, groups.ranks, groups.pattern);
  t.start += regrouping_time(s, ranks);
  // What the ranks of a group lose among each other; how they end is seen between the groups.
  t.dispatch += inside.dispatch;
  t.stall += inside.stall;
  return t;
}

}  // namespace

double end_of_first_chunks(const Situation& s, int ranks, const ScatterPattern& p) {
  if (p.schedule == Schedule::dynamic || p.schedule == Schedule::fixed_size) return 0;
  const double n = ranks - (p.root_computes ? 0 : 1);
  const double shares = p.schedule == Schedule::factoring ? 2 * n : n;
  const double items = std::max(1.0, static_cast<double>(s.work.items) / shares);
  const Paces paces = paces_of(s, ranks, p.root_computes);
  const double crew = s.crew ? static_cast<double>(s.crew->all) / std::max(1, ranks - 1) : 1;
  const double work = s.work.work_before(static_cast<std::int64_t>(items));
  const double spread = std::hypot(s.work.sd * std::sqrt(items), s.work.noise * work);
  const double one_long = std::max(0.0, longest_of(s.work, items * n) - s.work.mean);
  const double longest = work + std::max(spread * expected_normal_maximum(n), one_long / crew);
  return std::max(longest * paces.mean, work * paces.slowest) / crew;
}

ClosedForm closed_form(const Situation& s, int ranks, const ScatterPattern& p) {
  if (p.sub_roots && ranks > 1 && s.work.items > 0) return of_two_levels(s, ranks, p);
  ClosedForm t;
  t.start = s.start_up;
  if (s.work.items <= 0) return t;
  if (ranks <= 1) {
    t.compute = serial_time(s);
    return t;
  }
  t.start += s.parallel_setup;
  const int workers = ranks - 1;
  const int computing = workers + (p.root_computes ? 1 : 0);
  const auto items = static_cast<double>(s.work.items);
  const double n = computing;
  const Paces paces = paces_of(s, ranks, p.root_computes);
  const double item_slow = paces.mean;
  // A worker with a crew is as fast as all its ranks.
  const double slow = s.crew ? item_slow * workers / s.crew->all : item_slow;
  const double mean = s.work.mean * slow;
  const double sd = s.work.sd * slow;
  // Of an item at the end of the order of work.
  const double last_mean =
      s.work.strata.empty()
          ? mean
          : slow * s.work.strata.back().mean_rate * s.work.strata.back().units /
                static_cast<double>(std::max<std::int64_t>(1, s.work.strata.back().count));

  const auto chunks =
      static_cast<double>(chunk_count(p.schedule, s.work.items, computing, p.chunk));
  const double first_chunk =
      std::min(items / n, p.schedule == Schedule::static_block ? items / n
                          : p.schedule == Schedule::guided     ? items / n
                          : p.schedule == Schedule::factoring  ? items / (2 * n)
                                                               : static_cast<double>(p.chunk));
  const double last_chunk = p.schedule == Schedule::static_block
                                ? items / n
                                : std::min(static_cast<double>(p.chunk), items / n);

  // Root and workers each carry their share of chunks; items that the root computes are not packed.
  const double sent = static_cast<double>(workers) / n;
  const double share = message_share(s.costs, mean * items / chunks, p.queued);
  const double per_chunk = share * s.costs.root_per_chunk;
  const double root_busy =
      (chunks * per_chunk + items * s.costs.root_per_item) * sent + items * s.costs.flow_per_item;
  const double worker_busy =
      (chunks * share * s.costs.worker_per_chunk + items * s.costs.worker_per_item) * sent;
  const double work = s.work.total * slow;
  const double even =
      p.root_computes ? (work + worker_busy + root_busy) / n : (work + worker_busy) / n;
  t.compute = work / n;
  const double send_first =
      (per_chunk + first_chunk * (s.costs.root_per_item + s.costs.flow_per_item)) / 2;
  const double fill = workers * send_first;
  const double there_and_back = 2 * (s.costs.one_way + s.costs.rack_one_way * paces.other_rack);
  const double far_items = items * paces.far;
  double port_out = far_items * s.costs.port_out_per_item;
  double port_in = far_items * s.costs.port_in_per_item;
  // A crew's chunk is back when its longest item is done, however many ranks are idle by then.
  const double straggle =
      s.crew ? std::max(0.0, longest_of(s.work, last_chunk) - s.work.mean) * item_slow : 0;
  const double last_on_port =
      last_chunk * std::max(s.costs.port_out_per_item, s.costs.port_in_per_item);
  if (p.schedule == Schedule::static_block) {
    const double rack_items = items * paces.other_rack;
    port_out = std::max(port_out, rack_items * s.costs.uplink_out_per_item);
    port_in = std::max(port_in, rack_items * s.costs.uplink_in_per_item);
    // The root sends, computes its own block, receives; the last worker begins when all blocks are
    // sent.
    const double root = 2 * fill + (p.root_computes ? t.compute : 0);
    const double last = std::max(fill, port_out) + t.compute + worker_busy / n + there_and_back +
                        send_first + last_on_port + std::max(0.0, port_in - port_out);
    t.dispatch = std::max(root, last) - t.compute;
  } else {
    // A worker waits for the way there and back as far as what it has queued does not last; on
    // average a rank waits for its first chunk until half of them are sent.
    const double chunk_items = items / chunks;
    const double queue_lasts = (p.queued - 1) * chunk_items * mean;
    const double away = 2 * s.costs.one_way + per_chunk + 2 * last_on_port + straggle;
    const double wait = std::max(0.0, away - queue_lasts) / p.queued;
    double waits = wait * chunks / n * sent;
    if (paces.other_rack > 0) {
      // The other racks get less, and no more than the way there carries.
      const double takes = std::max(chunk_items * mean, 1e-12);
      const double rack_wait =
          std::max(0.0, away + 2 * s.costs.rack_one_way - queue_lasts) / p.queued;
      const double uplink = std::max(s.costs.uplink_out_per_item, s.costs.uplink_in_per_item);
      double to_racks = n * paces.other_rack / (takes + rack_wait);
      if (uplink > 0) to_racks = std::min(to_racks, 1 / (chunk_items * uplink));
      const double to_this = n * (1 - paces.other_rack) / (takes + wait);
      waits = chunks / (to_this + to_racks) - chunks * takes / n;
    }
    const double workers_bound = even + waits + fill / 2 + there_and_back;
    const double root_bound = root_busy + last_chunk * mean + there_and_back;
    const double port_bound =
        std::max(port_out, port_in) + last_on_port + last_chunk * mean + there_and_back;
    t.dispatch = std::max({workers_bound, root_bound, port_bound}) - t.compute;
  }

  if (p.root_computes && p.schedule != Schedule::static_block) {
    // Of the chunk in work half is left, in the mean, when the root begins an item.
    const double queue = (p.queued - 0.5) * items / chunks * mean;
    t.stall = items / n * slow * expected_excess(s.work, queue / paces.root) * workers / n;
  }

  const double block_sd = sd * std::sqrt(std::max(1.0, last_chunk));
  // More slow nodes make the longest item no longer.
  const double largest = std::min(s.work.largest, s.work.total) * paces.fastest;
  if (p.schedule == Schedule::static_block) {
    // The heaviest block is not likely to be that of the slowest rank.
    const double heaviest = std::max(heaviest_block(s.work, computing), paces.slowest / paces.mean);
    const double uneven = (heaviest - 1) * work / n;
    t.tail = uneven + std::hypot(block_sd, s.work.noise * t.compute) * expected_normal_maximum(n);
  } else {
    // The last chunks end spread over one chunk's time; a long item that begins late ends last.
    const double spread = (last_chunk * last_mean + block_sd * expected_normal_maximum(n)) *
                          (1 - 1 / n) * 0.6 * slower_end(s, ranks, p.root_computes, paces);
    const double late = p.largest_first ? 0 : 0.35 * (1 - 1 / n) * std::max(0.0, largest - mean);
    t.tail = spread + late;
  }
  // No plan is faster than its longest item, nor than its first chunks.
  const double floor = std::max(largest, end_of_first_chunks(s, ranks, p));
  const double sum = t.compute + t.dispatch + t.stall + t.tail;
  if (sum < floor) t.tail += floor - sum;
  return t;
}

}  // namespace mpisize
