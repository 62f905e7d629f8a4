/// What the ranks of one run have counted, in one HDF5 file: three tables of compound rows,
///
///   /ranks     rank, host, before_init, wall, in_mpi, cpu, peak_resident, threads, sampled, ended,
///              other_messages, other_bytes
///   /routines  rank, routine, comm_size, calls, bytes, time
///   /peers     rank, peer, messages, bytes
///
/// as RankUse, RoutineUse and PeerUse describe them. Each table has an attribute "unit_NAME" for
/// each column with a unit; the file has "schema" and "schema_version".
#pragma once

#include <filesystem>
#include <vector>

#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// Written beside and renamed. Throws InputError naming the path.
void write_ranks(const std::filesystem::path& path, const std::vector<RankUse>& ranks);

/// In rank order. Throws InputError: no such file, or another's.
[[nodiscard]] std::vector<RankUse> read_ranks(const std::filesystem::path& path);

}  // namespace mpisize
