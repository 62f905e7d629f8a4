#include "mpisize/choose/candidates.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mpisize/choose/sub_root_candidates.hpp"

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
    add_sub_roots(s, r, forced, largest_first, all);
  }
  add_racks(s, forced, all);
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
