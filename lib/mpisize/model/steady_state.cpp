#include "mpisize/model/steady_state.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace mpisize {
namespace {

/// Routines that move data or synchronise: collectives are told by the name of what they do.
bool is_collective(const std::string& routine) {
  constexpr const char* stems[] = {"reduce",  "bcast",    "gather", "scatter", "alltoall",
                                   "scan",    "barrier",  "Reduce", "Bcast",   "Gather",
                                   "Scatter", "Alltoall", "Scan",   "Barrier"};
  return std::any_of(std::begin(stems), std::end(stems),
                     [&](const char* stem) { return routine.find(stem) != std::string::npos; });
}

/// Calls of a rank, on communicators of any size or of one.
std::int64_t calls_of(const RankUse& rank, const std::string& routine, int comm_size) {
  std::int64_t calls = 0;
  for (const RoutineUse& use : rank.routines) {
    if (use.routine == routine && (comm_size == 0 || use.comm_size == comm_size)) {
      calls += use.calls;
    }
  }
  return calls;
}

std::int64_t most_calls(const std::vector<RankUse>& ranks, const std::string& routine) {
  std::int64_t most = 0;
  for (const RankUse& rank : ranks) most = std::max(most, calls_of(rank, routine, 0));
  return most;
}

std::int64_t least_calls(const std::vector<RankUse>& ranks, const std::string& routine) {
  std::int64_t least = calls_of(ranks.front(), routine, 0);
  for (const RankUse& rank : ranks) least = std::min(least, calls_of(rank, routine, 0));
  return least;
}

/// What a repetition may be, the best first: by kind, then by the fewest calls.
std::vector<Pattern> candidates(const std::vector<RankUse>& ranks, std::int64_t least) {
  std::map<std::pair<int, std::int64_t>, Pattern> found;
  for (const RoutineUse& use : ranks.front().routines) {
    const bool whole = is_collective(use.routine) &&
                       use.comm_size == static_cast<int>(ranks.size()) && use.calls >= least;
    if (whole) {
      found.insert({{0, use.calls}, {use.routine, Pattern::Counted::all_ranks}});
    }
    const std::int64_t fewest = least_calls(ranks, use.routine);
    // Ranks that a look catches a step apart still call equally often.
    if (fewest >= least && most_calls(ranks, use.routine) <= fewest + 1 + fewest / 64) {
      found.insert({{1, fewest}, {use.routine, Pattern::Counted::every_rank}});
    }
  }
  const RoutineUse* busiest = nullptr;
  for (const RoutineUse& use : ranks.front().routines) {
    if (use.calls >= least && (busiest == nullptr || use.calls > busiest->calls)) busiest = &use;
  }
  if (busiest != nullptr) {
    found.insert({{2, busiest->calls}, {busiest->routine, Pattern::Counted::rank_zero}});
  }
  std::vector<Pattern> result;
  result.reserve(found.size());
  for (auto& [order, pattern] : found) result.push_back(pattern);
  return result;
}

/// When repetitions ended: looks right after one, so that a stretch between two of them holds whole
/// repetitions; between them by linear interpolation.
class Count {
 public:
  Count(std::span<const CounterLook> looks, const Pattern& pattern) {
    std::int64_t before = 0;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      const std::int64_t now = repetitions_of(looks[i].ranks, pattern);
      if (i > 0 && now > before) {
        looks_.push_back(i);
        times_.push_back(looks[i].at.value());
        counts_.push_back(static_cast<double>(now));
      }
      before = now;
    }
  }
  [[nodiscard]] std::size_t size() const { return looks_.size(); }
  [[nodiscard]] std::size_t look(std::size_t i) const { return looks_[i]; }
  /// From there to the end.
  [[nodiscard]] bool is_steady_from(std::size_t first, const SteadyRules& rules) const {
    const double begin = times_[first];
    const double length = times_.back() - begin;
    const double all = counts_.back() - counts_[first];
    if (all < static_cast<double>(rules.least)) return false;
    constexpr int parts = 4;
    for (int part = 0; part < parts; ++part) {
      const double from = begin + length * part / parts;
      const double count = at(from + length / parts) - at(from);
      if (std::abs(count - all / parts) > rules.tolerance * all / parts) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] double at(double time) const {
    const auto after = std::lower_bound(times_.begin(), times_.end(), time);
    if (after == times_.begin()) return counts_.front();
    if (after == times_.end()) return counts_.back();
    const auto i = static_cast<std::size_t>(after - times_.begin());
    const double share = (time - times_[i - 1]) / (times_[i] - times_[i - 1]);
    return counts_[i - 1] + share * (counts_[i] - counts_[i - 1]);
  }

  std::vector<std::size_t> looks_;
  std::vector<double> times_;
  std::vector<double> counts_;
};

bool is_complete(const CounterLook& look, std::size_t ranks) { return look.ranks.size() == ranks; }

}  // namespace

std::string name_of(const Pattern& pattern) {
  switch (pattern.counted) {
    case Pattern::Counted::all_ranks:
      return pattern.routine + " on all ranks";
    case Pattern::Counted::every_rank:
      return pattern.routine + " on every rank";
    case Pattern::Counted::rank_zero:
      return pattern.routine + " on rank 0";
  }
  return pattern.routine;
}

std::int64_t repetitions_of(const std::vector<RankUse>& ranks, const Pattern& pattern) {
  if (ranks.empty()) return 0;
  if (pattern.counted == Pattern::Counted::rank_zero) {
    return calls_of(ranks.front(), pattern.routine, 0);
  }
  const bool whole = pattern.counted == Pattern::Counted::all_ranks;
  const int comm_size = whole ? static_cast<int>(ranks.size()) : 0;
  // A rank that is a step ahead does not count.
  std::int64_t least = calls_of(ranks.front(), pattern.routine, comm_size);
  for (const RankUse& rank : ranks) {
    least = std::min(least, calls_of(rank, pattern.routine, comm_size));
  }
  return least;
}

RankUse between(const RankUse& earlier, const RankUse& later) {
  RankUse stretch = later;
  stretch.wall -= earlier.wall;
  stretch.in_mpi = std::min(stretch.wall, later.in_mpi - earlier.in_mpi);
  stretch.cpu -= earlier.cpu;
  stretch.other_messages -= earlier.other_messages;
  stretch.other_bytes = later.other_bytes - earlier.other_bytes;
  for (RoutineUse& use : stretch.routines) {
    for (const RoutineUse& before : earlier.routines) {
      if (before.routine != use.routine || before.comm_size != use.comm_size) continue;
      use.calls -= before.calls;
      use.bytes -= before.bytes;
      use.time -= before.time;
    }
  }
  for (PeerUse& use : stretch.peers) {
    for (const PeerUse& before : earlier.peers) {
      if (before.peer != use.peer) continue;
      use.messages -= before.messages;
      use.bytes -= before.bytes;
    }
  }
  std::erase_if(stretch.routines, [](const RoutineUse& use) { return use.calls == 0; });
  std::erase_if(stretch.peers, [](const PeerUse& use) { return use.messages == 0; });
  return stretch;
}

std::vector<RankUse> between(const CounterLook& first, const CounterLook& last) {
  std::vector<RankUse> result;
  for (std::size_t i = 0; i < last.ranks.size(); ++i) {
    result.push_back(i < first.ranks.size() ? between(first.ranks[i], last.ranks[i])
                                            : last.ranks[i]);
  }
  return result;
}

std::optional<SteadyStretch> steady_stretch(std::span<const CounterLook> looks,
                                            const std::optional<Pattern>& wanted,
                                            const SteadyRules& rules) {
  if (looks.empty() || looks.back().ranks.empty()) return std::nullopt;
  const std::size_t ranks = looks.back().ranks.size();
  const auto begin = std::find_if(looks.begin(), looks.end(), [&](const CounterLook& look) {
    return is_complete(look, ranks);
  });
  looks = looks.subspan(static_cast<std::size_t>(begin - looks.begin()));
  const Seconds watched = looks.back().at - looks.front().at;
  const auto patterns =
      wanted ? std::vector<Pattern>{*wanted} : candidates(looks.back().ranks, rules.least);
  constexpr double shortest_share = 0.25;
  for (const Pattern& pattern : patterns) {
    const Count count(looks, pattern);
    for (std::size_t i = 0; i < count.size(); ++i) {
      const std::size_t first = count.look(i);
      const std::size_t last = count.look(count.size() - 1);
      const Seconds length = looks[last].at - looks[first].at;
      if (length < watched * shortest_share) break;
      if (!count.is_steady_from(i, rules)) continue;
      SteadyStretch found;
      found.pattern = pattern;
      found.ranks = between(looks[first], looks[last]);
      found.state.pattern = name_of(pattern);
      found.state.repetitions =
          repetitions_of(looks[last].ranks, pattern) - repetitions_of(looks[first].ranks, pattern);
      found.state.time = length;
      found.state.before = looks[first].ranks.front().wall;
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace mpisize
