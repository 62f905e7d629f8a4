/// Measures many hosts: each one by itself, and the links between them.
#pragma once

#include <mpi.h>

#include <vector>

#include "mpisize/model/hosts.hpp"
#include "mpisize/mpi/ping_pong.hpp"

namespace mpisize {

/// What probe_hosts() found.
struct HostSurvey {
  std::vector<Host> hosts;
  std::vector<HostPair> pairs;  ///< Those that were measured.
  std::vector<Link> links;      ///< One for each level there is.
};

/// Hosts one by one (shape, speed), racks from log2(hosts) rounds of pairs that talk at once, then
/// one link per level between two representatives and, between hosts, what their ports carry for
/// all their ranks together and what the first host takes in from all others at once. Collective;
/// the survey is valid at rank 0, whose budget counts; all others may be left behind in time by a
/// few round trips. Hosts are numbered by their first ranks.
[[nodiscard]] HostSurvey probe_hosts(MPI_Comm comm, Seconds budget,
                                     const ProbeProgress& progress = {});

}  // namespace mpisize
