// Included before everything else where the library is compiled for SMPI (SimGrid 3.32): what
// SMPI does not have, or does not do as MPI says, and the system calls that have to be simulated.
#pragma once

#include <mpi.h>
#include <sched.h>
#include <smpi/smpi_helpers.h>

#include <map>
#include <tuple>

namespace simulated {

/// There is no MPI_Comm_idup.
inline int comm_idup(MPI_Comm comm, MPI_Comm* made, MPI_Request* request) {
  *request = MPI_REQUEST_NULL;
  return MPI_Comm_dup(comm, made);
}

/// MPI_Test of a collective does not advance the simulated time.
inline int iallgather(const void* mine, int count, MPI_Datatype type, void* all, int counts,
                      MPI_Datatype types, MPI_Comm comm, MPI_Request* request) {
  *request = MPI_REQUEST_NULL;
  return MPI_Allgather(mine, count, type, all, counts, types, comm);
}

/// Of no request MPI_Test says nothing.
inline int test(MPI_Request* request, int* flag, MPI_Status* status) {
  if (*request != MPI_REQUEST_NULL) return MPI_Test(request, flag, status);
  *flag = 1;
  return MPI_SUCCESS;
}

/// A receive that was cancelled is never done; it is left alone, the program ends soon after.
inline int forget(MPI_Request* request) {
  *request = MPI_REQUEST_NULL;
  return MPI_SUCCESS;
}
inline int wait(MPI_Request* request, MPI_Status* status) {
  return *request == MPI_REQUEST_NULL ? MPI_SUCCESS : MPI_Wait(request, status);
}

/// Attributes are one set for all ranks. Here every rank has its own; nothing deletes them.
using Attributes = std::map<std::tuple<int, MPI_Comm, int>, void*>;
inline Attributes& attributes() {
  static Attributes all;
  return all;
}
inline std::tuple<int, MPI_Comm, int> own(MPI_Comm comm, int key) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return {rank, comm, key};
}
inline int get_attr(MPI_Comm comm, int key, void* value, int* found) {
  const auto at = attributes().find(own(comm, key));
  *found = at != attributes().end() ? 1 : 0;
  if (*found == 1) *static_cast<void**>(value) = at->second;
  return MPI_SUCCESS;
}
inline int set_attr(MPI_Comm comm, int key, void* value) {
  attributes()[own(comm, key)] = value;
  return MPI_SUCCESS;
}

/// A core for every rank.
inline int affinity(cpu_set_t* set) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  CPU_ZERO(set);
  CPU_SET(rank % CPU_SETSIZE, set);
  return 0;
}

}  // namespace simulated

#undef MPI_Comm_idup
#undef MPI_Iallgather
#undef MPI_Test
#undef MPI_Cancel
#undef MPI_Wait
#undef MPI_Request_free
#undef MPI_Comm_get_attr
#undef MPI_Comm_set_attr
#define MPI_Comm_idup simulated::comm_idup
#define MPI_Iallgather simulated::iallgather
#define MPI_Test simulated::test
#define MPI_Cancel simulated::forget
#define MPI_Wait simulated::wait
#define MPI_Request_free simulated::forget
#define MPI_Comm_get_attr simulated::get_attr
#define MPI_Comm_set_attr simulated::set_attr
#define sched_getaffinity(pid, size, set) simulated::affinity(set)
