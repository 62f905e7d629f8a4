/// Reads what the profiling layer has left (counter_format.hpp). Needs no MPI.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "mpisize/measure/counter_format.hpp"
#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// Files of ranks in a directory, in the order of their names. Throws InputError if it cannot be
/// read.
[[nodiscard]] std::vector<std::filesystem::path> counter_files(
    const std::filesystem::path& directory);

/// A rank's counters, from a mapping that nobody writes any more or that is written at this moment.
/// Empty: the rank has not come out of MPI_Init, or is one that the program spawned, with an
/// MPI_COMM_WORLD of its own. `name` is for the sentence of an InputError: foreign or damaged.
[[nodiscard]] std::optional<RankUse> rank_use(const counters::File& file,
                                              const std::filesystem::path& name);

/// What a rank has called so far.
struct LiveRank {
  int rank = 0;
  Seconds since_init{};  ///< From the return of MPI_Init to its last entry into MPI or return.
  std::vector<RoutineUse> routines;
};

/// The same, as far as it is needed while the program runs.
[[nodiscard]] std::optional<LiveRank> live_rank(const counters::File& file,
                                                const std::filesystem::path& name);

/// All ranks that have come out of MPI_Init, in rank order; those that the program spawned are left
/// out. Fewer than were started: some files are elsewhere, or a rank ended within MPI_Init. Throws
/// InputError that names a file that is truncated, foreign or of another version, or two files of
/// one rank.
[[nodiscard]] std::vector<RankUse> read_counters(const std::filesystem::path& directory);

}  // namespace mpisize
