/// Runs of a whole program, each split into computing, imbalance, communication and launch, and put
/// together by configuration.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// How a program is started.
struct ProgramConfig {
  int ranks = 1;
  int nodes = 1;
  int threads = 1;  ///< Per rank.
  friend auto operator<=>(const ProgramConfig&, const ProgramConfig&) = default;
};

/// "8 ranks", "8 ranks on 2 nodes", "8 ranks x 2 threads".
[[nodiscard]] std::string describe(const ProgramConfig& config);

/// Where the time of one run went; of one repetition where the run was cut off.
///
///   inside = mean + imbalance + communication,   imbalance = longest - mean
///
/// Wall minus time in MPI of each rank is its computing. The rank that computes longest waits for
/// nobody, so its time in MPI is communication, and that of the others beyond it is waiting, which
/// is the imbalance; with master and workers all of it counts as communication. Rank 0 is looked at
/// apart from the others: what it computes more than they is serial work as often as chance, and
/// that does not grow as chance does.
struct RunParts {
  double inside = 0;         ///< Seconds from MPI_Init to MPI_Finalize of the slowest rank.
  double mean = 0;           ///< Seconds of computing, mean of the ranks that compute.
  double root_excess = 0;    ///< Seconds that rank 0 computes longer than the mean of the others.
  double lag = 0;            ///< Seconds that the longest of the others computes longer than that.
  double spread = 0;         ///< Standard deviation of the others' computing.
  double imbalance = 0;      ///< Seconds.
  double communication = 0;  ///< Seconds, what is left.
  std::optional<double> outside;      ///< Seconds of the launcher besides; empty: cut off.
  double before = 0;                  ///< Seconds from MPI_Init to the stretch; 0: ran to its end.
  double root_busy = 0;               ///< Master-worker: seconds that the root was surely busy.
  std::optional<double> most_memory;  ///< Bytes of the largest rank.
  std::optional<double> mean_memory;  ///< Bytes, mean of the ranks.
};

/// The runs of one configuration.
struct ProgramPoint {
  ProgramConfig config;
  std::vector<RunParts> runs;
  ProgramRun example;  ///< One of them: what was called is the same in all.
};

/// What all runs together are.
struct ProgramPoints {
  std::vector<ProgramPoint> points;  ///< By configuration, ascending.
  bool profiled = true;              ///< Split into parts; otherwise all of it is `mean`.
  bool per_repetition = false;       ///< Times are of one repetition of the program's own pattern.
  /// Rank 0 exchanges messages with every other rank, and those with nobody else, and computes less
  /// than they do: it hands out work, and P - 1 ranks compute.
  bool master_worker = false;
  std::vector<std::string> left_out;  ///< Runs that could not be put together with the others.
};

/// Runs that were cut off and runs to the end are not mixed: the kind with more different
/// configurations stays, to the end if equal; unprofiled runs are used only where no two
/// configurations were profiled. Throws std::invalid_argument for a run with fewer than one rank,
/// node or thread, a time that is negative or not finite, or a list of ranks that is not as long as
/// their number.
[[nodiscard]] ProgramPoints program_points(const std::vector<ProgramRun>& runs);

/// Ranks that share the work: without the master.
[[nodiscard]] int sharing(int ranks, bool master_worker);

/// Whether the run looks like master and workers: at least 3 ranks, messages only between rank 0
/// and each other one, and more of them than the ranks call collectives.
[[nodiscard]] bool is_master_worker(const ProgramRun& run);

/// Whether the routine hands messages over to one other rank ("MPI_Isend", "MPI_Sendrecv" ...).
[[nodiscard]] bool is_send(std::string_view routine);

/// Median of one part over the runs of a point.
[[nodiscard]] double median_of(const ProgramPoint& point, double RunParts::*part);

}  // namespace mpisize
