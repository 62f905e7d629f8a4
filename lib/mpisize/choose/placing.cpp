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
    // More nodes must earn it.
    constexpr double clearly = 0.995;
    if (!best.empty() && seconds >= clearly * soonest) continue;
    best = std::move(spread);
    soonest = seconds;
  }
  return best;
}

/// Seconds of the best plan among `counts`, by as many replays as the chosen one had, on the same
/// draws.
std::optional<double> best_time(const Request& r, const Situation& s, std::vector<int> counts) {
  constexpr std::size_t enough = 3;
  std::sort(counts.begin(), counts.end());
  if (counts.size() > enough) counts.erase(counts.begin(), counts.end() - enough);
  constexpr std::size_t finalists = 4;
  const bool largest_first = !s.work.size_sums.empty();
  const auto candidates = search(s, counts, r.forced, largest_first, finalists);
  const auto replayed = replay_finalists(s, candidates, counts, r.forced, r.replay_events, r.seed);
  if (replayed.empty()) return std::nullopt;
  return replayed.front().seconds;
}

std::string listed(const std::vector<const PlacedNode*>& nodes) {
  constexpr std::size_t most = 4;
  std::string names;
  std::string speeds;
  for (std::size_t i = 0; i < std::min(most, nodes.size()); ++i) {
    names += fmt::format("{}{}", i == 0 ? "" : ", ", nodes[i]->host);
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

std::vector<PlacedNode> placed(const Situation& s, const Placement& placement, int ranks) {
  const Spread* const spread = spread_of(s, ranks);
  if (spread == nullptr) return {};
  return placement.node_of_rank.empty() ? fill(placement, node_count(*spread), ranks)
                                        : first_ranks(placement, ranks);
}

std::vector<std::string> explain_hosts(const Request& r, const Situation& s,
                                       const Placement& placement, const std::vector<int>& counts,
                                       const Finalist& chosen) {
  std::vector<std::string> sentences;
  const Spread* const spread = spread_of(s, chosen.candidate.ranks);
  if (spread == nullptr) return sentences;
  const auto nodes = static_cast<std::size_t>(node_count(*spread));
  std::vector<const PlacedNode*> used;
  std::vector<const PlacedNode*> left_out;
  int room_used = 0;   // Ranks on the nodes of the plan.
  int room_quick = 0;  // Ranks on nodes that are not slow.
  for (std::size_t i = 0; i < placement.nodes.size(); ++i) {
    const PlacedNode& node = placement.nodes[i];
    if (i < nodes) room_used += node.ranks;
    if (is_slow(node)) {
      (i < nodes ? used : left_out).push_back(&node);
    } else {
      room_quick += node.ranks;
    }
  }
  if (!placement.node_of_rank.empty()) {
    if (!used.empty()) sentences.push_back(told(used, chosen));
    return sentences;
  }
  const auto those = [&counts](auto condition) {
    std::vector<int> some;
    std::copy_if(counts.begin(), counts.end(), std::back_inserter(some), condition);
    return some;
  };
  const std::string now = human(Seconds(chosen.seconds));
  if (!used.empty()) {
    const auto without = best_time(r, s, those([&](int n) { return n > 1 && n <= room_quick; }));
    sentences.push_back(
        fmt::format("{}: used; {}.", listed(used),
                    without ? fmt::format("without {} instead of {}", human(Seconds(*without)), now)
                            : "no number of ranks that is allowed does without"));
  }
  if (!left_out.empty()) {
    const auto with = best_time(r, s, those([&](int n) { return n > room_used; }));
    sentences.push_back(fmt::format(
        "{}: left out; {}.", listed(left_out),
        with ? fmt::format("with {} {} instead of {}", left_out.size() == 1 ? "it" : "them",
                           human(Seconds(*with)), now)
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
