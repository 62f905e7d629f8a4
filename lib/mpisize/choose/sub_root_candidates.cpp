#include "mpisize/choose/sub_root_candidates.hpp"

#include <algorithm>
#include <cmath>

#include "mpisize/model/levels.hpp"

namespace mpisize {
namespace {

/// Sizes of groups worth a look: a node's ranks, and powers of two below.
std::vector<int> groups_of_interest(const Situation& s, int ranks, const Forced& forced) {
  if (forced.group) return *forced.group > 0 ? std::vector<int>{*forced.group} : std::vector<int>{};
  constexpr int smallest = 4;
  constexpr int largest_power = 64;
  const Spread* const spread = spread_of(s, ranks);
  int on_node = (ranks + s.nodes - 1) / s.nodes;
  if (spread != nullptr) {
    on_node = 1;
    for (const NodeKind& kind : *spread) on_node = std::max(on_node, kind.ranks);
  }
  std::vector<int> groups;
  if (on_node >= smallest) groups.push_back(on_node);
  for (int g = largest_power; g >= smallest; g /= 4) {
    if (g < on_node) groups.push_back(g);
  }
  if (groups.empty() && forced.rack.value_or(0) > 0) groups.push_back(on_node);
  return groups;
}

/// The best with sub-roots, of one number of ranks.
Candidate best_with_sub_roots(const Situation& s, int ranks, Schedule schedule, int group,
                              const Forced& forced, bool largest_first) {
  Candidate best;
  best.seconds = HUGE_VAL;
  ScatterPattern p = s.mould;
  p.schedule = schedule;
  p.root_computes = false;
  p.largest_first = largest_first;
  p.sub_roots = SubRoots{group, 1, 2, true};
  const Groups groups = groups_of(s, ranks, *p.sub_roots);
  if (groups.count < 2 && !forced.group && !forced.rack) return best;
  const std::int64_t share = std::max<std::int64_t>(1, s.work.items / groups.count);
  for (std::int64_t piece = 1; piece == 1 || piece <= share / (4L * groups.ranks); piece *= 8) {
    for (const std::int64_t rounds : {1, 4, 16}) {
      p.chunk = forced.chunk.value_or(std::min(share, rounds * groups.computing * piece));
      if (!forced.chunk && !chunks_fit(s, groups.count, p)) continue;
      for (const int chunks : {2, 4, 8}) {
        for (const int at_rank : {2, 4}) {
          p.queued = forced.queued.value_or(chunks);
          p.sub_roots->piece = piece;
          p.sub_roots->queued = at_rank;
          const double t = closed_form(s, ranks, p).total();
          if (t < best.seconds) best = {ranks, p, t};
        }
      }
    }
  }
  return best;
}

/// Groups of a rack worth a look: as many racks as groups of each, so that nobody dispatches to
/// more than that, or fewer groups; the finals look beside them.
std::vector<int> racks_of_interest(int groups, const Forced& forced) {
  if (forced.rack) return {*forced.rack};
  int rack = 2;
  while (rack * rack * 2 <= groups) rack *= 2;
  return rack >= 16 ? std::vector<int>{rack, rack / 4} : std::vector<int>{rack};
}

/// With racks of so many groups above the groups of a plan with sub-roots, whose ranks are served
/// as before.
Candidate best_with_racks(const Situation& s, const Candidate& below, int rack,
                          const Forced& forced) {
  Candidate best;
  best.seconds = HUGE_VAL;
  ScatterPattern p = below.pattern;
  const Groups groups = groups_of(s, below.ranks, *p.sub_roots);
  Racks& racks = p.sub_roots->racks.emplace();
  racks.groups = rack;
  const int count = groups_of(s, below.ranks, *p.sub_roots).count;
  if (count < 2 && !forced.rack) return best;
  const std::int64_t share = std::max<std::int64_t>(1, s.work.items / count);
  for (const std::int64_t rounds : {1, 4, 16}) {
    const std::int64_t piece = rounds * groups.computing * p.sub_roots->piece;
    for (const std::int64_t pieces : {1, 4}) {
      p.chunk = forced.chunk.value_or(std::min(share, pieces * rack * piece));
      racks.piece = std::min(piece, p.chunk);
      if (!forced.chunk && !chunks_fit(s, count, p)) continue;
      for (const int chunks : {2, 4}) {
        for (const int at_sub_root : {2, 4}) {
          p.queued = forced.queued.value_or(chunks);
          racks.queued = at_sub_root;
          const double t = closed_form(s, below.ranks, p).total();
          if (t < best.seconds) best = {below.ranks, p, t};
        }
      }
    }
  }
  return best;
}

/// Of plans with sub-roots those worth racks: where the root limits, the fastest of each schedule,
/// and the fastest of those with most ranks, which racks may make the better ones.
std::vector<Candidate> worth_racks(const Situation& s, const std::vector<Candidate>& all) {
  constexpr int fewest_groups = 16;
  std::vector<Candidate> worth;
  for (const Schedule schedule : {Schedule::dynamic, Schedule::factoring}) {
    const Candidate* fastest = nullptr;
    const Candidate* widest = nullptr;
    for (const Candidate& c : all) {
      if (!c.pattern.sub_roots || c.pattern.schedule != schedule) continue;
      if (fastest == nullptr || c.seconds < fastest->seconds) fastest = &c;
      if (widest == nullptr || c.ranks > widest->ranks ||
          (c.ranks == widest->ranks && c.seconds < widest->seconds)) {
        widest = &c;
      }
    }
    for (const Candidate* const c : {fastest, widest == fastest ? nullptr : widest}) {
      if (c == nullptr || !root_limits(s, *c)) continue;
      if (groups_of(s, c->ranks, *c->pattern.sub_roots).count >= fewest_groups) worth.push_back(*c);
    }
  }
  return worth;
}

}  // namespace

bool root_limits(const Situation& s, const Candidate& of) {
  constexpr double little = 0.02;
  const ClosedForm t = closed_form(s, of.ranks, of.pattern);
  return t.dispatch + t.stall + t.tail > little * t.compute;
}

void add_sub_roots(const Situation& s, int ranks, const Forced& forced, bool largest_first,
                   std::vector<Candidate>& all) {
  for (const int group : groups_of_interest(s, ranks, forced)) {
    for (const Schedule schedule : {Schedule::dynamic, Schedule::factoring}) {
      if (forced.schedule && *forced.schedule != schedule) continue;
      if (s.mould.kind != PatternKind::map && schedule != Schedule::dynamic) continue;
      const Candidate best = best_with_sub_roots(s, ranks, schedule, group, forced, largest_first);
      if (std::isfinite(best.seconds)) all.push_back(best);
    }
  }
}

void add_racks(const Situation& s, const Forced& forced, std::vector<Candidate>& all) {
  if (forced.rack == 0) return;
  std::vector<Candidate> with_racks;
  for (const Candidate& below : forced.rack ? all : worth_racks(s, all)) {
    const int groups = groups_of(s, below.ranks, *below.pattern.sub_roots).count;
    const double limit = forced.rack ? HUGE_VAL : below.seconds;
    for (const int rack : racks_of_interest(groups, forced)) {
      const Candidate above = best_with_racks(s, below, rack, forced);
      if (above.seconds < limit) with_racks.push_back(above);
    }
  }
  if (forced.rack) all.clear();
  all.insert(all.end(), with_racks.begin(), with_racks.end());
}

}  // namespace mpisize
