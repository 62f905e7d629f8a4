/// The rate of a program that repeats itself, from looks at its counters while it runs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// The counters of all ranks at one moment.
struct CounterLook {
  Seconds at{};                ///< On the clock of who looks.
  std::vector<RankUse> ranks;  ///< By rank; wall is from the return of MPI_Init until now.
};

/// What a program does once per repetition: the calls of one routine.
struct Pattern {
  enum class Counted {
    all_ranks,   ///< A collective on all ranks: one repetition is one call of it.
    every_rank,  ///< Called equally often by every rank: one repetition is one call by each.
    rank_zero    ///< One repetition is one call by rank 0: a root that serves the others.
  };
  std::string routine;
  Counted counted = Counted::all_ranks;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

/// "MPI_Allreduce on all ranks", "MPI_Waitall on every rank", "MPI_Recv on rank 0".
[[nodiscard]] std::string name_of(const Pattern& pattern);

/// The longest stretch up to the last look in which the pattern comes at a steady rate.
struct SteadyStretch {
  Pattern pattern;
  SteadyState state;
  std::vector<RankUse> ranks;  ///< What each did within it; memory and threads as last seen.
};

/// When a rate is taken for steady.
struct SteadyRules {
  double tolerance = 0.08;  ///< Relative.
  std::int64_t least = 12;  ///< Repetitions of a stretch.
};

/// Finds pattern and stretch. A pattern is a routine whose calls can be compared between runs on
/// any number of ranks: a collective on all of them, else one that all call equally often, else the
/// one that rank 0 calls most; of several of a kind, the one with the fewest calls. The rate is
/// steady where that of each quarter of the stretch is within the tolerance of the whole; shorter
/// than a quarter of the time watched, a stretch is not trusted. `wanted` asks for the pattern of
/// an earlier run. Looks are in order of time. Empty: nothing steady yet.
[[nodiscard]] std::optional<SteadyStretch> steady_stretch(
    std::span<const CounterLook> looks, const std::optional<Pattern>& wanted = std::nullopt,
    const SteadyRules& rules = {});

/// Repetitions of the pattern in what the ranks did.
[[nodiscard]] std::int64_t repetitions_of(const std::vector<RankUse>& ranks,
                                          const Pattern& pattern);

/// The stretch of a run between two looks at a rank that ran on: routines, peers, wall, in_mpi and
/// cpu are those of the stretch, the rest is as it was at the later one.
[[nodiscard]] RankUse between(const RankUse& earlier, const RankUse& later);

/// The same of all ranks.
[[nodiscard]] std::vector<RankUse> between(const CounterLook& first, const CounterLook& last);

}  // namespace mpisize
