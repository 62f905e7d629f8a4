/// Threads of the program: how many were alive at once.
#pragma once

namespace mpisize::profile {

/// Most threads that were alive at once so far, those that MPI made left out.
[[nodiscard]] unsigned most_threads();

}  // namespace mpisize::profile
