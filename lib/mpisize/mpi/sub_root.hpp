/// A rank that dispatches for others: to the root, or to a sub-root above it, a worker; to them a
/// root. They are the ranks of its group, or sub-roots themselves.
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
