#include "mpisize/choose/placing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "mpisize/base/human.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

bool is_slow(const PlacedNode& node) { return node.speed < slow_host_speed; }

/// More nodes must earn it.
constexpr double clearly = 0.995;

/// A plan that any number of ranks can be compared by.
ScatterPattern usual_pattern(const Situation& s, int ranks) {
  constexpr std::int64_t chunks_a_rank = 16;
  ScatterPattern p = s.mould;
  p.schedule = Schedule::dynamic;
  p.chunk = std::max<std::int64_t>(1, s.work.items / (chunks_a_rank * ranks));
  return p;
}

Spread best_spread(const Situation& s, const Spread& room, int ranks) {
  Situation tried = s;
  Spread best;
  double soonest = 0;
  const std::vector<int> counts = node_counts(room);
  for (const int count : counts) {
    Spread spread = fill(room, std::min(count, ranks), ranks);
    const auto crowded = [&](const NodeKind& kind) {
      return std::none_of(room.begin(), room.end(),
                          [&](const NodeKind& k) { return k.ranks >= kind.ranks; });
    };
    // Too many for these nodes: only if there are no more.
    if (count != counts.back() && std::any_of(spread.begin(), spread.end(), crowded)) continue;
    tried.spreads = std::make_shared<const Spreads>(Spreads{{ranks, spread}});
    const double seconds = closed_form(tried, ranks, usual_pattern(s, ranks)).total();
    if (!best.empty() && seconds >= clearly * soonest) continue;
    best = std::move(spread);
    soonest = seconds;
  }
  return best;
}

/// Room for so many ranks on each of the nodes, which are alike.
Spread alike(const Situation& s, int ranks) {
  // What a rank alone loses to a quota is not in its item times yet.
  const double speed = std::min(1.0, s.cpus);
  return {{1, ranks, s.cpus, speed, Distance::root_node},
          {s.nodes - 1, ranks, s.cpus, speed, Distance::root_rack}};
}

/// `s` is for trying: its spreads change.
Spread packed(Situation& s, const Spread& room, int ranks, const Launch& launch) {
  const int each = room.front().ranks;
  int most = std::min(s.nodes, ranks);
  // Where company does not slow ranks down, being apart can only cost.
  NodeKind alone = room.back();
  alone.ranks = 1;
  const auto fewest = static_cast<int>((std::int64_t{ranks} + each - 1) / each);
  if (pace_of(s, room.back(), true) <= pace_of(s, alone, true)) most = std::min(most, fewest);
  Spread best;
  double soonest = 0;
  for (std::int64_t n = fewest;; n *= 2) {
    const int nodes = static_cast<int>(std::min<std::int64_t>(n, most));
    Spread spread = fill(room, nodes, ranks);
    s.spreads = std::make_shared<const Spreads>(Spreads{{ranks, spread}});
    const double seconds = closed_form(s, ranks, usual_pattern(s, ranks)).total() +
                           launch.per_node.value.value() * nodes;
    if (best.empty() || seconds < clearly * soonest) {
      best = std::move(spread);
      soonest = seconds;
    }
    if (nodes == most) return best;
  }
}

/// The best plan with one of the largest few of `counts`, on the same draws as all others.
std::optional<Finalist> best_of(const Request& r, const Situation& s, std::vector<int> counts) {
  constexpr std::size_t enough = 3;
  std::sort(counts.begin(), counts.end());
  if (counts.size() > enough) counts.erase(counts.begin(), counts.end() - enough);
  constexpr std::size_t finalists = 4;
  const bool largest_first = !s.work.size_sums.empty();
  const auto candidates = search(s, counts, r.forced, largest_first, finalists);
  const auto replayed =
      replay_finalists(s, candidates, counts, r.forced, r.replay_events / 2, r.seed);
  if (replayed.empty()) return std::nullopt;
  return replayed.front();
}

/// Slow hosts, and how many ranks there is room for.
struct SlowHosts {
  std::vector<const PlacedNode*> used;
  std::vector<const PlacedNode*> left_out;
  int room_used = 0;   ///< On the nodes of the plan.
  int room_quick = 0;  ///< On nodes that are not slow.
};
SlowHosts slow_hosts(const Situation& s, const Placement& placement, int ranks) {
  SlowHosts slow;
  const Spread* const spread = spread_of(s, ranks);
  const int nodes = spread == nullptr ? 0 : node_count(*spread);
  for (int i = 0; i < static_cast<int>(placement.nodes.size()); ++i) {
    const PlacedNode& node = placement.nodes[static_cast<std::size_t>(i)];
    if (i < nodes) slow.room_used += node.ranks;
    if (is_slow(node)) {
      (i < nodes ? slow.used : slow.left_out).push_back(&node);
    } else {
      slow.room_quick += node.ranks;
    }
  }
  return slow;
}

std::string listed(const std::vector<const PlacedNode*>& nodes) {
  constexpr std::size_t most = 4;
  std::string names;
  std::string speeds;
  for (std::size_t i = 0; i < std::min(most, nodes.size()); ++i) {
    names +=
        fmt::format("{}{}", i == 0 ? "" : ", ", nodes[i]->host.empty() ? "a host" : nodes[i]->host);
    speeds += fmt::format("{}{:.2f}", i == 0 ? "" : ", ", nodes[i]->speed);
  }
  if (nodes.size() > most) names += fmt::format(" and {} more", nodes.size() - most);
  return fmt::format("{} compute{} at {} of the others' speed", names, nodes.size() == 1 ? "s" : "",
                     speeds);
}

/// A fact can only be told.
std::string told(const std::vector<const PlacedNode*>& slow, const Finalist& chosen) {
  return fmt::format("{}{}.", listed(slow),
                     chosen.candidate.pattern.schedule == Schedule::static_block
                         ? ", and the others wait for it"
                         : ": work on demand gives it less");
}

}  // namespace

std::optional<int> ranks_in_memory(const Request& r) {
  const auto& memory = r.machine.topology.grant.memory;
  if (!memory || !r.kernel.rank_memory || r.kernel.rank_memory->value() <= 0) return std::nullopt;
  const Bytes root = r.kernel.root_memory.value_or(*r.kernel.rank_memory);
  const std::int64_t others = (memory->value() - root.value()) / r.kernel.rank_memory->value();
  constexpr std::int64_t most = 1 << 30;
  return static_cast<int>(std::clamp<std::int64_t>(others, 0, most - 1)) + 1;
}

Placement placement_of(const Request& r) {
  if (!r.placement.nodes.empty()) return r.placement;
  Placement placement = placement_of(r.machine.hosts);
  const bool theirs =
      static_cast<int>(placement.nodes.size()) == std::max(1, r.machine.topology.nodes);
  return theirs ? placement : Placement();
}

void spread_ranks(Situation& s, const Placement& placement, std::vector<int> counts) {
  if (placement.nodes.empty()) return;
  counts.push_back(1);
  if (!placement.node_of_rank.empty()) {
    s.spreads = std::make_shared<const Spreads>(spreads_of(placement, std::move(counts)));
    return;
  }
  const Spread room = room_of(placement);
  Spreads spreads;
  for (const int ranks : counts) spreads[ranks] = best_spread(s, room, ranks);
  s.spreads = std::make_shared<const Spreads>(std::move(spreads));
}

void pack_ranks(Situation& s, const Request& r, std::vector<int> counts) {
  if (s.nodes <= 1 || s.spreads) return;
  const Grant& grant = r.machine.topology.grant;
  const int memory = ranks_in_memory(r).value_or(grant.pus);
  const int pus = std::clamp(memory, 1, std::max(1, grant.pus));
  const int cores = std::clamp(grant.cores, 1, pus);
  counts.push_back(1);
  Spreads spreads;
  Situation tried = s;
  for (const int ranks : counts) {
    const bool a_core_each = ranks <= std::int64_t{cores} * s.nodes;
    spreads[ranks] = packed(tried, alike(s, a_core_each ? cores : pus), ranks, r.machine.launch);
  }
  s.spreads = std::make_shared<const Spreads>(std::move(spreads));
}

std::vector<PlacedNode> placed(const Situation& s, const Placement& placement, int ranks) {
  const Spread* const spread = spread_of(s, ranks);
  if (spread == nullptr || placement.nodes.empty()) return {};
  return placement.node_of_rank.empty() ? fill(placement, node_count(*spread), ranks)
                                        : first_ranks(placement, ranks);
}

WeighedHosts weigh_hosts(const Request& r, const Situation& s, const Placement& placement,
                         const std::vector<int>& counts, int ranks) {
  WeighedHosts weighed;
  if (placement.nodes.empty() || !placement.node_of_rank.empty()) return weighed;
  const SlowHosts slow = slow_hosts(s, placement, ranks);
  const auto those = [&counts](auto condition) {
    std::vector<int> some;
    std::copy_if(counts.begin(), counts.end(), std::back_inserter(some), condition);
    return some;
  };
  if (!slow.used.empty()) {
    weighed.without = best_of(r, s, those([&](int n) { return n > 1 && n <= slow.room_quick; }));
  }
  if (!slow.left_out.empty()) {
    weighed.with = best_of(r, s, those([&](int n) { return n > slow.room_used; }));
  }
  return weighed;
}

std::vector<std::string> explain_hosts(const Request& r, const Situation& s,
                                       const Placement& placement, const WeighedHosts& weighed,
                                       const Finalist& chosen) {
  std::vector<std::string> sentences;
  if (placement.nodes.empty()) return sentences;
  const SlowHosts slow = slow_hosts(s, placement, chosen.candidate.ranks);
  if (!placement.node_of_rank.empty()) {
    if (!slow.used.empty()) sentences.push_back(told(slow.used, chosen));
    return sentences;
  }
  const auto instead = [&](const Finalist& other) {
    return fmt::format("{} instead of {}", human(Seconds(other.seconds)),
                       human(Seconds(chosen.seconds)));
  };
  if (!slow.used.empty()) {
    sentences.push_back(fmt::format("{}: used; {}.", listed(slow.used),
                                    weighed.without
                                        ? fmt::format("without {}", instead(*weighed.without))
                                        : "no number of ranks that is allowed does without"));
  }
  if (!slow.left_out.empty()) {
    sentences.push_back(fmt::format(
        "{}: left out; {}.", listed(slow.left_out),
        weighed.with ? fmt::format("with {} {}", slow.left_out.size() == 1 ? "it" : "them",
                                   instead(*weighed.with))
                     : "no number of ranks that is allowed needs it"));
  }
  for (const Host& host : r.machine.hosts) {
    if (host.usable) continue;
    sentences.push_back(
        fmt::format("{} is left out: {}.", host.name,
                    host.findings.empty() ? "it cannot be used" : host.findings.front()));
  }
  return sentences;
}

}  // namespace mpisize
