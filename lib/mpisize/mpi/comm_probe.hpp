/// Measures what messages between the ranks of a communicator cost.
#pragma once

#include <mpi.h>

#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/comm_model.hpp"
#include "mpisize/mpi/ping_pong.hpp"

namespace mpisize {

/// One link for each level at which some rank meets rank 0, by ping-pong (k round trips in a row,
/// sizes interleaved over rounds) over 1 byte to 4 MB, or as far as the budget reaches. Collective
/// on an intracommunicator, which is duplicated; every rank gets the same links; none with one
/// rank, and none for a level that there was too little time for (some 10 ms). Rank 0's budget
/// counts; it is held but for the round trips in flight.
[[nodiscard]] std::vector<Link> probe_links(MPI_Comm comm, Seconds budget,
                                            const ProbeProgress& progress = {});

}  // namespace mpisize
