/// What is known of a communicator, found once and kept with it.
#pragma once

#include <mpi.h>

#include <atomic>

#include "state.hpp"

namespace mpisize::profile {

struct Communicator {
  int rank = 0;    ///< Of this process, in the local group.
  int local = 0;   ///< Processes of the local group.
  int remote = 0;  ///< Of the remote group; 0: an intracommunicator.
  bool inter = false;
  bool world = false;  ///< Ranks are those of MPI_COMM_WORLD.
  /// Rank in MPI_COMM_WORLD by rank in the group that is sent to; nullptr: not yet translated.
  mutable std::atomic<const int*> world_ranks{nullptr};

  /// Processes that it joins, both groups counted.
  [[nodiscard]] int size() const { return local + remote; }
  /// Processes that a rank argument may mean.
  [[nodiscard]] int peers() const { return inter ? remote : local; }
};

/// Makes the attribute by which communicators and windows are known. MPI must be initialised.
void start_communicators();

/// Not from the cache.
[[nodiscard]] const Communicator& look_up(MPI_Comm comm);

/// Counts the frees: what a thread has cached of a freed handle is not valid for its successor.
extern std::atomic<std::uint64_t> freed_communicators;

/// Of MPI_COMM_NULL: no processes.
[[nodiscard]] inline const Communicator& communicator(MPI_Comm comm) {
  CommunicatorCache& cache = thread.cache;
  const std::uint64_t epoch = freed_communicators.load(std::memory_order_relaxed);
  if (cache.epoch != epoch) [[unlikely]] {
    for (auto& entry : cache.entries) entry = {};
    cache.epoch = epoch;
  }
  constexpr unsigned alignment_bits = 8;  // Handles are structures of more than 256 bytes.
  auto& entry = cache.entries[(reinterpret_cast<std::uintptr_t>(comm) >> alignment_bits) %
                              CommunicatorCache::size];
  if (entry.handle != comm || entry.known == nullptr) [[unlikely]] {
    entry.known = &look_up(comm);
    entry.handle = comm;
  }
  return *entry.known;
}

/// The same for a communicator that is not MPI_COMM_WORLD.
[[nodiscard]] int translated_rank(MPI_Comm comm, const Communicator& known, int peer);

/// Rank in MPI_COMM_WORLD of a rank that messages are sent to; negative: not one of it.
[[nodiscard]] inline int world_rank(MPI_Comm comm, const Communicator& known, int peer) {
  if (peer < 0 || peer >= known.peers()) [[unlikely]]
    return -1;
  return known.world ? peer : translated_rank(comm, known, peer);
}

/// Processes of a window's group, and of a file's.
[[nodiscard]] int window_size(MPI_Win win);
[[nodiscard]] int file_size(MPI_File file);

}  // namespace mpisize::profile
