#include "mpisize/choose/candidates.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mpisize/model/levels.hpp"

namespace mpisize {
namespace {

constexpr std::array<int, 6> depths{1, 2, 4, 8, 16, most_queued};
constexpr std::array<Schedule, 5> schedules{Schedule::static_block, Schedule::dynamic,
                                            Schedule::guided, Schedule::factoring,
                                            Schedule::fixed_size};

/// Chunk sizes from 1 to an even share, doubling; the finals look between them.
std::vector<std::int64_t> chunk_grid(std::int64_t even_share) {
  std::vector<std::int64_t> grid;
  for (std::int64_t c = 1; c<even_share; c = c> even_share / 2 ? even_share : c * 2) {
    grid.push_back(c);
  }
  grid.push_back(std::max<std::int64_t>(1, even_share));
  return grid;
}

/// Of batch and stream: everyone has two chunks of the window, or one of a batch.
std::int64_t largest_of_flow(const Situation& s, int computing) {
  std::int64_t most = s.most_items_a_chunk;
  if (s.mould.window) most = std::min(most, *s.mould.window / (2L * computing));
  if (s.mould.batch) most = std::min(most, *s.mould.batch / computing);
  return std::max<std::int64_t>(1, most);
}

std::vector<std::int64_t> chunks_of(const Situation& s, Schedule schedule, int computing,
                                    const Forced& forced) {
  if (forced.chunk) return {*forced.chunk};
  const std::int64_t items = std::max<std::int64_t>(1, s.work.items);
  std::int64_t even = (items + computing - 1) / computing;
  if (s.mould.kind != PatternKind::map) even = std::min(even, largest_of_flow(s, computing));
  switch (schedule) {
    case Schedule::static_block:
      return {1};
    case Schedule::fixed_size:
      return {
          fixed_size_chunk(items, computing, Seconds(s.costs.root_per_chunk), Seconds(s.work.sd))};
    case Schedule::guided:
    case Schedule::factoring: {
      std::vector<std::int64_t> smallest;
      for (std::int64_t c = 1; c <= std::max<std::int64_t>(1, even / 8); c *= 4)
        smallest.push_back(c);
      return smallest;
    }
    case Schedule::dynamic:
      break;
  }
  return chunk_grid(even);
}

/// Items of the largest chunk.
std::int64_t largest_chunk(const Situation& s, int computing, const ScatterPattern& p) {
  const std::int64_t items = std::max<std::int64_t>(1, s.work.items);
  const std::int64_t even = (items + computing - 1) / computing;
  switch (p.schedule) {
    case Schedule::static_block:
    case Schedule::guided:
      return even;
    case Schedule::factoring:
      return std::max(p.chunk, even / 2);
    case Schedule::dynamic:
    case Schedule::fixed_size:
      break;
  }
  return std::min(p.chunk, even);
}

/// Of one number of ranks, schedule and role of the root.
Candidate best_of(const Situation& s, int ranks, Schedule schedule, bool root_computes,
                  const Forced& forced, bool largest_first) {
  Candidate best;
  best.seconds = HUGE_VAL;
  const int computing = ranks - (root_computes ? 0 : 1);
  for (const std::int64_t chunk : chunks_of(s, schedule, computing, forced)) {
    ScatterPattern p = s.mould;
    p.schedule = schedule;
    p.chunk = chunk;
    p.root_computes = root_computes;
    p.largest_first = largest_first;
    if (!forced.chunk && !forced.schedule && !chunks_fit(s, computing, p)) continue;
    const auto time = [&](int queued) {
      p.queued = queued;
      return closed_form(s, ranks, p).total();
    };
    if (schedule == Schedule::static_block || forced.queued) {
      const double t = time(schedule == Schedule::static_block ? 1 : *forced.queued);
      if (t < best.seconds) best = {ranks, p, t};
      continue;
    }
    // No depth is faster than the deepest, but a deeper queue must earn its memory.
    constexpr double as_good = 1.001;
    const double fastest = time(depths.back());
    if (fastest * as_good >= best.seconds) continue;
    for (const int queued : depths) {
      const double t = queued == depths.back() ? fastest : time(queued);
      p.queued = queued;
      if (t > fastest * as_good) continue;
      best = {ranks, p, t};
      break;
    }
  }
  return best;
}

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

/// Dispatch or the end of the work take time that more dispatchers may save.
bool root_limits(const Situation& s, const Candidate& of) {
  constexpr double little = 0.02;
  const ClosedForm t = closed_form(s, of.ranks, of.pattern);
  return t.dispatch + t.stall + t.tail > little * t.compute;
}

/// Groups of a rack worth a look: as many racks as groups of each, so that nobody dispatches to
/// more than that; the finals look beside it.
int rack_of_interest(int groups) {
  int rack = 2;
  while (rack * rack * 2 <= groups) rack *= 2;
  return rack;
}

/// With racks above the groups of a plan with sub-roots, whose groups go on as they are.
Candidate best_with_racks(const Situation& s, const Candidate& below, const Forced& forced) {
  Candidate best;
  best.seconds = HUGE_VAL;
  ScatterPattern p = below.pattern;
  const Groups groups = groups_of(s, below.ranks, *p.sub_roots);
  constexpr int fewest_groups = 16;
  if (!forced.rack && (groups.count < fewest_groups || !root_limits(s, below))) return best;
  Racks& racks = p.sub_roots->racks.emplace();
  racks.groups = forced.rack.value_or(rack_of_interest(groups.count));
  const int count = groups_of(s, below.ranks, *p.sub_roots).count;
  if (count < 2 && !forced.rack) return best;
  const std::int64_t share = std::max<std::int64_t>(1, s.work.items / count);
  for (const std::int64_t shrunk : {1, 4}) {
    racks.piece = std::max(p.sub_roots->piece, below.pattern.chunk / shrunk);
    for (const std::int64_t rounds : {1, 4}) {
      p.chunk = forced.chunk.value_or(std::min(share, rounds * racks.groups * racks.piece));
      racks.piece = std::min(racks.piece, p.chunk);
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

}  // namespace

bool chunks_fit(const Situation& s, int computing, const ScatterPattern& p) {
  if (p.kind != PatternKind::map && p.chunk > largest_of_flow(s, computing)) return false;
  const std::int64_t largest = largest_chunk(s, computing, p);
  const std::int64_t bytes = std::max(s.kernel.item_bytes, s.kernel.result_bytes).value();
  return largest <= 1 || bytes <= most_chunk_bytes.value() / largest;
}

std::vector<int> rank_grid(int most) {
  constexpr int dense = 64;
  std::vector<int> grid;
  for (int r = 1; r <= std::min(most, dense); ++r) grid.push_back(r);
  for (std::int64_t r = dense + dense / 8; r < most; r += r / 8)
    grid.push_back(static_cast<int>(r));
  if (most > dense) grid.push_back(most);
  return grid;
}

std::vector<Candidate> search(const Situation& s, const std::vector<int>& ranks,
                              const Forced& forced, bool largest_first, std::size_t keep) {
  const auto faster = [](const Candidate& a, const Candidate& b) { return a.seconds < b.seconds; };
  std::vector<Candidate> all;
  const bool flat_forbidden = forced.group.value_or(0) > 0 || forced.rack.value_or(0) > 0;
  for (const int r : ranks) {
    if (r < 2) continue;
    const auto flat_from = static_cast<std::ptrdiff_t>(all.size());
    for (const Schedule schedule : schedules) {
      if (forced.schedule && *forced.schedule != schedule) continue;
      if (s.mould.kind != PatternKind::map && schedule != Schedule::dynamic) continue;
      if (forced.chunk && schedule == Schedule::static_block) continue;
      if (flat_forbidden) continue;
      for (const bool root_computes : {true, false}) {
        if (forced.root_computes && *forced.root_computes != root_computes) continue;
        const Candidate best = best_of(s, r, schedule, root_computes, forced, largest_first);
        if (std::isfinite(best.seconds)) all.push_back(best);
      }
    }
    if (forced.root_computes.value_or(false)) continue;
    const auto flat = std::min_element(all.begin() + flat_from, all.end(), faster);
    if (!flat_forbidden && flat != all.end() && !root_limits(s, *flat)) continue;
    for (const int group : groups_of_interest(s, r, forced)) {
      for (const Schedule schedule : {Schedule::dynamic, Schedule::factoring}) {
        if (forced.schedule && *forced.schedule != schedule) continue;
        if (s.mould.kind != PatternKind::map && schedule != Schedule::dynamic) continue;
        const Candidate best = best_with_sub_roots(s, r, schedule, group, forced, largest_first);
        if (!std::isfinite(best.seconds)) continue;
        if (forced.rack.value_or(0) == 0) all.push_back(best);
        if (forced.rack == 0) continue;
        const Candidate above = best_with_racks(s, best, forced);
        if (std::isfinite(above.seconds)) all.push_back(above);
      }
    }
  }
  std::sort(all.begin(), all.end(), faster);
  // At most two numbers of ranks of one kind, so that the closed form's error cannot crowd a kind
  // out.
  std::vector<Candidate> kept;
  for (const Candidate& c : all) {
    const auto of_its_kind = std::count_if(kept.begin(), kept.end(), [&](const Candidate& k) {
      return same_kind_of_plan(k.pattern, c.pattern);
    });
    if (of_its_kind < 2) kept.push_back(c);
    if (kept.size() == keep) break;
  }
  return kept;
}

}  // namespace mpisize
