/// Cost of the dispatch loop, measured with the real one.
#pragma once

#include "mpisize/base/units.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/mpi/dispatcher.hpp"

namespace mpisize {

/// At the root, while every worker serves: sends echoes through the dispatcher. Cost per chunk is
/// the slope of the time over several numbers of chunks, cost per byte that over several sizes;
/// medians of repetitions. Takes at most about `budget`. `workers` of the ranks 1, 2 ... take part;
/// at least one.
[[nodiscard]] DispatchCost probe_dispatch(Dispatcher& dispatcher, int workers, Seconds budget);

/// The same on its own: collective, the other ranks serve meanwhile. The result is valid at the
/// root.
[[nodiscard]] DispatchCost measure_dispatch(MPI_Comm user, Seconds budget);

}  // namespace mpisize
