/// MPI's return codes as exceptions.
#pragma once

#include <mpi.h>

namespace mpisize {

/// Throws MpiError with MPI's own words if `code` is not MPI_SUCCESS; `call` names the function.
void check(int code, const char* call);

}  // namespace mpisize
