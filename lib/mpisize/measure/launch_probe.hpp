/// What starting and ending an MPI job costs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/machine.hpp"

namespace mpisize {

/// One launch of an empty program on one node.
struct LaunchTime {
  int ranks = 1;
  Seconds time{};
};

/// fixed + per_rank * ranks through the median of each rank count (least squares), intervals by
/// bootstrap, 10 % either way at least. Neither part is negative. With one rank count only,
/// per_rank stays as assumed. per_node is left as assumed: one node shows nothing of it. Throws
/// std::invalid_argument if empty.
[[nodiscard]] Launch fit_launch(std::span<const LaunchTime> times);

/// Launches `empty_program` (MPI_Init, MPI_Finalize) with each rank count in turn, round by round,
/// until five rounds are done or the next would exceed the budget (one warm-up launch and one round
/// at least; a launch is given 30 s). `mpirun` is the command up to where "-n COUNT program"
/// follows. Throws StartError if mpirun is missing, InputError with its words if it fails.
[[nodiscard]] Launch probe_launch(std::span<const std::string> mpirun,
                                  const std::string& empty_program,
                                  const std::vector<int>& rank_counts, Seconds budget);

/// One sentence from what a failed mpirun wrote, with the repair where we know it (it refuses root;
/// not enough slots).
[[nodiscard]] std::string explain_mpirun(const std::string& words);

}  // namespace mpisize
