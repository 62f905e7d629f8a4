/// Everything a program linked with mpisize needs.
///
///     auto [results, report] = mpisize::map(MPI_COMM_WORLD, items, kernel);
#pragma once

#include "mpisize/choose/report.hpp"
#include "mpisize/mpi/batch.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/map.hpp"
#include "mpisize/mpi/options.hpp"
#include "mpisize/mpi/stream.hpp"
