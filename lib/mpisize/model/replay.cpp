#include "mpisize/model/replay.hpp"

#include <algorithm>

#include "mpisize/model/crew_state.hpp"
#include "mpisize/model/levels.hpp"
#include "mpisize/model/replay_run.hpp"

namespace mpisize {
namespace {

/// Rounds in which a crew's chunk is played.
std::int64_t rounds_of_crew(const Situation& s, const ScatterPattern& p) {
  const Crew& last = s.crew->each ? *s.crew->each : *s.crew;
  const double pieces = static_cast<double>(p.chunk) / static_cast<double>(last.piece);
  return static_cast<std::int64_t>(
      std::clamp(pieces / ranks_of(*s.crew), 1.0, CrewState::most_rounds));
}

}  // namespace

Replayed replay(const Situation& s, int ranks, const ScatterPattern& pattern, std::uint64_t seed,
                std::int64_t most_chunks) {
  if (pattern.sub_roots && ranks > 1 && s.work.items > 0) {
    const PlanOfLevel groups = between_groups(s, ranks, pattern);
    Replayed result = replay(groups.situation, groups.ranks, groups.pattern, seed, most_chunks);
    result.total += regrouping_time(s, ranks);
    return result;
  }
  Replayed result;
  const std::int64_t items = s.work.items;
  if (items <= 0) {
    result.total = s.start_up;
    return result;
  }
  if (ranks <= 1) {
    Random random(seed);
    result.computing = draw_time(s.work, 0, items, random) * paces_of(s, 1, true).root;
    result.total =
        s.start_up + result.computing + static_cast<double>(items) * s.costs.flow_per_item;
    return result;
  }
  constexpr std::int64_t chunks_a_rank = 10;
  // A chunk of a crew is played piece by piece.
  int crew_ranks = 1;
  std::int64_t most_played = most_chunks;
  std::int64_t fewest_ranks = 64;
  if (s.crew) {
    constexpr int few = 16;
    constexpr std::int64_t fewest_crews = 8;
    // Few stand well for all where what they are handed is cut in pieces twice.
    const std::int64_t chunks_of_all = s.crew->each ? 4 * chunks_a_rank : chunks_a_rank;
    const bool all = s.crew->all * chunks_of_all <= most_chunks;
    const int ranks_of_one = ranks_of(*s.crew);
    crew_ranks = all ? ranks_of_one : std::min(ranks_of_one, few);
    most_played = most_chunks / crew_ranks;
    fewest_ranks = fewest_crews;
  }
  const auto representatives = static_cast<int>(std::min<std::int64_t>(
      ranks - 1, std::clamp<std::int64_t>(most_played / chunks_a_rank, fewest_ranks, 1000)));
  ReplayRun steps(s, ranks, pattern, representatives, crew_ranks, seed);
  // Fixed chunks only are cut; the chunks of the other schedules are few.
  const bool fixed =
      pattern.schedule == Schedule::dynamic || pattern.schedule == Schedule::fixed_size;
  ReplayCut cut;
  constexpr int segments_of_a_trend = 4;
  if (s.work.strata.size() > 1) cut.segments = segments_of_a_trend;
  constexpr std::int64_t fewest_in_a_window = 200;
  if (s.crew) cut.window = std::max<std::int64_t>(3, cut.window / rounds_of_crew(s, pattern));
  cut.window =
      std::max({cut.window, fewest_in_a_window / (std::int64_t{steps.computing()} * crew_ranks),
                most_played / steps.computing() / cut.segments - chunks_a_rank});
  const std::int64_t played =
      cut.segments * (cut.warm_up + cut.window + std::int64_t{2} * pattern.queued) + cut.tail;
  if (fixed && steps.chunks() / steps.computing() > 2 * played) steps.cut(cut);
  result = steps.play();
  // Of few ranks the longest chunk is shorter than of all.
  if (representatives < ranks - 1) {
    result.total = std::max(result.total, end_of_first_chunks(s, ranks, pattern));
  }
  result.total += s.start_up + s.parallel_setup;
  return result;
}

}  // namespace mpisize
