/// The rows of a file of ranks (rank_file.hpp), as they lie in memory. Private.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mpisize/model/program_run.hpp"

namespace mpisize::rank_rows {

template <std::size_t N>
using Text = std::array<char, N>;

struct RankRow {
  std::int64_t rank;
  Text<256> host;
  double before_init;
  double wall;
  double in_mpi;
  double cpu;
  std::int64_t peak_resident;
  std::int64_t threads;
  std::int64_t sampled;
  std::int64_t ended;
  std::int64_t other_messages;
  std::int64_t other_bytes;
};

struct RoutineRow {
  std::int64_t rank;
  Text<64> routine;
  std::int64_t comm_size;
  std::int64_t calls;
  std::int64_t bytes;
  double time;
};

struct PeerRow {
  std::int64_t rank;
  std::int64_t peer;
  std::int64_t messages;
  std::int64_t bytes;
};

struct Rows {
  std::vector<RankRow> ranks;
  std::vector<RoutineRow> routines;
  std::vector<PeerRow> peers;
};

[[nodiscard]] Rows rows_of(const std::vector<RankUse>& ranks);
/// Rows of ranks that are not in the first table are dropped.
[[nodiscard]] std::vector<RankUse> ranks_of(const Rows& rows);

}  // namespace mpisize::rank_rows
