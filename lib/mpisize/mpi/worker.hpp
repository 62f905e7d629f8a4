/// A rank that serves the root: it computes what it is sent until it is told to stop.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "mpisize/mpi/communicator.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/frame.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize {

/// What the kernel threw here, if it did: for the lowest item.
struct OwnFailure {
  std::int64_t item = 0;
  std::exception_ptr thrown;
};

/// How a call ended, as told by the root.
struct Ending {
  StopReason reason = StopReason::done;
  std::string text;  ///< The report, or what went wrong.
  OwnFailure own_failure;
};

/// A collective call of all ranks fails on all alike, and the root ends the call.
template <class Collective>
void together(Collective collective) {
  try {
    collective();
  } catch (const MpiError&) {
    throw;
  } catch (const std::exception&) {
    return;
  }
}

/// Serves until the root ends the call; a worker that is sent nothing waits without burning a core.
[[nodiscard]] Ending serve(Communicator& comm, Task& task);

}  // namespace mpisize
