/// Tells whether a cached measurement still holds for where we are.
#pragma once

#include <string>
#include <string_view>

#include "mpisize/measure/grant.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// "Intel(R) Xeon(R) ..." of /proc/cpuinfo; empty if it does not say.
[[nodiscard]] std::string cpu_model();

/// Name of this host, without its domain.
[[nodiscard]] std::string host_name();

/// "Open MPI 4.1.4" from what MPI_Get_library_version or `mpirun --version` says: both give the
/// same.
[[nodiscard]] std::string mpi_name(std::string_view version_text);

/// "host-0123456789abcdef": the host and the FNV-1a hash (Fowler, Noll and Vo 1991; 64 bit) of
/// hardware, CPU model, MPI version and the variables that choose a transport (OMPI_MCA_btl...,
/// UCX_..., ...), the same inside a job and outside. Memory, the grant and the number of nodes do
/// not count: they change from job to job and no link cost with them.
[[nodiscard]] std::string fingerprint(std::string_view host, const Topology& topology,
                                      std::string_view cpu, std::string_view mpi,
                                      const Environment& environment);

}  // namespace mpisize
