/// A rank that dispatches for others of its node: to the root a worker, to them a root.
#pragma once

#include "mpisize/mpi/communicator.hpp"
#include "mpisize/mpi/frame.hpp"
#include "mpisize/mpi/task.hpp"
#include "mpisize/mpi/worker.hpp"

namespace mpisize {

/// Serves until the root ends the call.
[[nodiscard]] Ending serve_as_sub_root(const Communicator& home, Teams& teams, Task& task,
                                       const Regrouping& order, const CallTerms& terms);

}  // namespace mpisize
