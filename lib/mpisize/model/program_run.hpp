/// One run of a whole MPI program, seen from outside: nothing in it needs to know mpisize.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// Calls of one MPI routine on communicators of one size by one rank.
struct RoutineUse {
  std::string routine;     ///< Its name in C, whatever language called: "MPI_Allreduce".
  int comm_size = 0;       ///< 0: a routine without communicator (MPI_Wait).
  std::int64_t calls = 0;  ///< All of them, also where only some were timed.
  std::int64_t bytes = 0;  ///< That this rank handed over: what it sends to others, or contributes.
  Seconds time{};          ///< From entry to return, waiting for others included.
  friend bool operator==(const RoutineUse&, const RoutineUse&) = default;
};

/// What a rank sent to one other, point to point.
struct PeerUse {
  int peer = 0;  ///< In MPI_COMM_WORLD.
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  friend bool operator==(const PeerUse&, const PeerUse&) = default;
};

/// A rank from the entry of its MPI_Init to the return of its MPI_Finalize, or as far as it came.
struct RankUse {
  int rank = 0;
  std::string host;
  Seconds before_init{};  ///< From the start of the process to the entry of MPI_Init.
  Seconds wall{};         ///< From the return of MPI_Init to the entry of MPI_Finalize.
  Seconds in_mpi{};       ///< Of that, inside MPI on the thread that called MPI_Init.
  Seconds cpu{};          ///< Of all threads, in the same time.
  Bytes peak_resident{};  ///< High-water mark.
  int threads = 1;        ///< Most that were alive at once, those of MPI itself left out.
  std::vector<RoutineUse> routines;  ///< By routine, then communicator size.
  std::vector<PeerUse> peers;        ///< By peer.
  std::int64_t other_messages = 0;   ///< To processes outside MPI_COMM_WORLD, or past what is kept.
  Bytes other_bytes{};               ///< Of these.
  bool sampled = false;  ///< Above 5e5 calls a second only every 64th was timed; all are counted.
  bool ended = false;    ///< It came to MPI_Finalize.
  friend bool operator==(const RankUse&, const RankUse&) = default;
};

/// A stretch of a run after its start-up, counted in repetitions of the program's own pattern.
struct SteadyState {
  std::string pattern;           ///< What was counted: "MPI_Allreduce on 8 ranks".
  std::int64_t repetitions = 0;  ///< Within the stretch.
  Seconds time{};                ///< Of the stretch.
  Seconds before{};              ///< From the return of MPI_Init to its beginning.
  friend bool operator==(const SteadyState&, const SteadyState&) = default;
};

struct ProgramRun {
  int ranks = 1;
  int nodes = 1;
  int threads_per_rank = 1;
  Seconds wall{};  ///< Of the launcher, from its start to its end.
  /// Of the processor packages of its node in that time, whoever used them; empty: not measured.
  std::optional<Joules> energy;
  /// Empty: the program ran to its end, and the ranks are those of all of it. Otherwise it was cut
  /// off, and wall, in_mpi, cpu and the routines of each rank are those of the stretch.
  std::optional<SteadyState> steady;
  std::vector<RankUse> by_rank;  ///< In rank order; empty: not profiled, the wall time is all.
  friend bool operator==(const ProgramRun&, const ProgramRun&) = default;
};

}  // namespace mpisize
