/// What a call hands over, and on how many ranks: the words of routines.txt.
///
/// Bytes are those of the type signature (count x MPI_Type_size), as the rank gives them:
/// - sends: the message; receives: none, the sender has counted them; nothing to MPI_PROC_NULL;
/// - a root that distributes: what all together get, its own part included; the others: none;
/// - what a rank contributes to a gather, a reduction or a scan; to an all-to-all: all its parts,
///   that for itself included. MPI_IN_PLACE changes where the data lie, not how much they are;
/// - neighbourhood: what goes to neighbours that are there;
/// - intercommunicators: what goes to the other group; MPI_ROOT distributes, MPI_PROC_NULL has
/// none;
/// - one-sided and files: what the call moves, either way: no call of another rank tells it.
#pragma once

#include <mpi.h>

#include <cstdint>

#include "communicator.hpp"
#include "record.hpp"

namespace mpisize::profile {

struct Use {
  int comm_size = 0;  ///< Of the communicator, window or file, both groups counted; 0: none.
  std::uint64_t bytes = 0;
};

/// No communicator is named: MPI_Wait.
[[nodiscard]] inline Use nowhere() { return {}; }
[[nodiscard]] inline Use on(MPI_Comm comm) { return {communicator(comm).size(), 0}; }

/// Bytes of so many of a type.
[[nodiscard]] inline std::uint64_t bytes_of(int count, MPI_Datatype type) {
  if (count <= 0 || type == MPI_DATATYPE_NULL || type == nullptr) return 0;
  MPI_Count size = 0;
  PMPI_Type_size_x(type, &size);
  return size > 0 ? static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(size) : 0;
}

[[nodiscard]] inline Use send(MPI_Comm comm, int peer, int count, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  if (peer == MPI_PROC_NULL) return {known.size(), 0};
  const std::uint64_t bytes = bytes_of(count, type);
  count_message(world_rank(comm, known, peer), bytes);
  return {known.size(), bytes};
}

/// Persistent requests: remembered when they are made, sent when they are started.
void remember(MPI_Request request, MPI_Comm comm, int peer, int count, MPI_Datatype type);
[[nodiscard]] Use start(int count, const MPI_Request* requests);
[[nodiscard]] Use forget(MPI_Request request);

// Collective.
[[nodiscard]] Use contribute(MPI_Comm comm, int count, MPI_Datatype type);
[[nodiscard]] Use bcast(MPI_Comm comm, int root, int count, MPI_Datatype type);
[[nodiscard]] Use reduce(MPI_Comm comm, int root, int count, MPI_Datatype type);
[[nodiscard]] Use gather(MPI_Comm comm, int root, const void* from, int count, MPI_Datatype type,
                         int in_place_count, MPI_Datatype in_place_type);
[[nodiscard]] Use gatherv(MPI_Comm comm, int root, const void* from, int count, MPI_Datatype type,
                          const int* in_place_counts, MPI_Datatype in_place_type);
[[nodiscard]] Use scatter(MPI_Comm comm, int root, int count, MPI_Datatype type);
[[nodiscard]] Use scatterv(MPI_Comm comm, int root, const int* counts, MPI_Datatype type);
[[nodiscard]] Use allgather(MPI_Comm comm, const void* from, int count, MPI_Datatype type,
                            int in_place_count, MPI_Datatype in_place_type);
[[nodiscard]] Use allgatherv(MPI_Comm comm, const void* from, int count, MPI_Datatype type,
                             const int* in_place_counts, MPI_Datatype in_place_type);
[[nodiscard]] Use alltoall(MPI_Comm comm, const void* from, int count, MPI_Datatype type,
                           int in_place_count, MPI_Datatype in_place_type);
[[nodiscard]] Use alltoallv(MPI_Comm comm, const void* from, const int* counts, MPI_Datatype type,
                            const int* in_place_counts, MPI_Datatype in_place_type);
[[nodiscard]] Use alltoallw(MPI_Comm comm, const void* from, const int* counts,
                            const MPI_Datatype* types, const int* in_place_counts,
                            const MPI_Datatype* in_place_types);
[[nodiscard]] Use reduce_scatter(MPI_Comm comm, const int* counts, MPI_Datatype type);
[[nodiscard]] Use reduce_scatter_block(MPI_Comm comm, int count, MPI_Datatype type);
/// The same amount to each neighbour; counts by neighbour; counts and types by neighbour.
[[nodiscard]] Use neighbor_each(MPI_Comm comm, int count, MPI_Datatype type);
[[nodiscard]] Use neighbor_v(MPI_Comm comm, const int* counts, MPI_Datatype type);
[[nodiscard]] Use neighbor_w(MPI_Comm comm, const int* counts, const MPI_Datatype* types);

// One-sided.
[[nodiscard]] Use on_window(MPI_Win win);
[[nodiscard]] Use one_sided(MPI_Win win, int count, MPI_Datatype type);
/// With MPI_NO_OP it only gets, and what it would send need not be there.
[[nodiscard]] Use get_accumulate(MPI_Win win, MPI_Op op, int count, MPI_Datatype type,
                                 int result_count, MPI_Datatype result_type);

// Files.
[[nodiscard]] Use file_data(int count, MPI_Datatype type);
[[nodiscard]] Use collective_file_data(MPI_File file, int count, MPI_Datatype type);
[[nodiscard]] Use on_file(MPI_File file);

}  // namespace mpisize::profile
