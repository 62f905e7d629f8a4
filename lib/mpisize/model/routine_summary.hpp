/// What the ranks of a run did in MPI, taken together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// A quantity over ranks.
struct OverRanks {
  Seconds least{};
  Seconds median{};
  Seconds most{};
  friend bool operator==(const OverRanks&, const OverRanks&) = default;
};

/// One routine on communicators of one size.
struct RoutineSummary {
  std::string routine;
  int comm_size = 0;       ///< 0: a routine without communicator.
  int ranks = 0;           ///< That called it.
  std::int64_t calls = 0;  ///< Of all ranks; at most 2^63 - 1, likewise the bytes.
  std::int64_t bytes = 0;
  OverRanks time;  ///< Over the ranks that called it.
  friend bool operator==(const RoutineSummary&, const RoutineSummary&) = default;
};

/// By total time, the longest first.
[[nodiscard]] std::vector<RoutineSummary> summarize_routines(const ProgramRun& run);

/// Of a quantity of each rank; zeros without ranks.
[[nodiscard]] OverRanks over_ranks(const ProgramRun& run, Seconds RankUse::*quantity);

}  // namespace mpisize
