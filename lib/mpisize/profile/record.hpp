/// Cells of the counters: which one a call belongs to, and which calls are timed.
#pragma once

#include <atomic>
#include <cstdint>

#include "clock.hpp"
#include "mpisize/measure/counter_format.hpp"
#include "state.hpp"

namespace mpisize::profile {

/// A routine of MPI that is counted.
struct Routine {
  const char* name;
  std::uint32_t number;                        ///< From 1.
  std::atomic<counters::Cell*> last{nullptr};  ///< The cell of its last call.
};

/// The first call of the routine on communicators of that size makes it.
[[nodiscard]] counters::Cell& find_cell(Routine& routine, std::uint64_t key);

[[nodiscard]] inline counters::Cell& cell_of(Routine& routine, int comm_size) {
  constexpr unsigned half = 32;
  const std::uint64_t key =
      (std::uint64_t{routine.number} << half) | static_cast<std::uint32_t>(comm_size);
  counters::Cell* const last = routine.last.load(std::memory_order_relaxed);
  if (last != nullptr && get(last->key) == key) [[likely]]
    return *last;
  return find_cell(routine, key);
}

/// Where messages to a rank of MPI_COMM_WORLD are counted; negative: to another process.
[[nodiscard]] counters::Peer& find_peer(int world_rank);

inline void count_message(int world_rank, std::uint64_t bytes) {
  const bool several = several_threads;
  counters::File& file = *mapped.load(std::memory_order_relaxed);
  counters::Peer* peer = &file.peers[static_cast<unsigned>(world_rank) % counters::peer_count];
  if (world_rank < 0 || get(peer->key) != static_cast<std::uint64_t>(world_rank) + 1) [[unlikely]]
    peer = &find_peer(world_rank);
  add(peer->messages, 1, several);
  add(peer->bytes, bytes, several);
}

/// Every call is timed up to this many a second and rank, only some above. Calls that are rarer
/// than the second rate are timed at any rate.
inline constexpr double timed_calls_per_second = 5e5;
inline constexpr double rare_calls_per_second = timed_calls_per_second / 16;
/// Calls of a thread between two looks at how many they are in a second.
inline constexpr std::uint32_t window_calls = 1024;
/// Untimed calls between two timed ones: 64 in the mean. The number varies, so that a pattern that
/// repeats every 2, 4 or 64 calls is not always met at the same place.
inline constexpr std::uint32_t shortest_stride = 33;
inline constexpr std::uint32_t stride_spread = 63;

/// The rates above in ticks, set when the clock's rate is known.
struct Rates {
  std::uint64_t window = 0;   ///< window_calls at timed_calls_per_second last as long.
  std::uint64_t rare = 0;     ///< Between two rare calls.
  std::uint64_t refresh = 0;  ///< Between two refresh().
};
extern Rates rates;
void set_rates(double seconds_per_tick);

/// The thread whose calls are so many that only some are timed, of all threads; nullptr: none.
extern std::atomic<const Thread*> sampled_for;

/// Ends a stretch of window_calls calls of a thread.
void new_window(Thread& mine);

/// What is not counted by calls: CPU time, peak memory, the clock's rate. `all`: now, at once;
/// otherwise only what is cheap, and the rest now and then.
void refresh(std::uint64_t now, bool all);
extern std::uint64_t next_refresh;

/// Counts a call; its number in the cell, from 1. It is counted on entry, so that a call that never
/// returns is seen.
[[gnu::always_inline]] inline std::uint64_t count_call(counters::Cell& cell, bool several) {
  const std::atomic_ref calls(cell.calls);
  if (several) [[unlikely]]
    return calls.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::uint64_t n = calls.load(std::memory_order_relaxed) + 1;
  calls.store(n, std::memory_order_relaxed);
  return n;
}

/// The number of calls that the n-th of a cell stands for while only some are timed; 0: it is not.
[[nodiscard]] std::uint64_t sampled_weight(counters::Cell& cell, std::uint64_t n);

/// The same at any time. Without sampling every call stands for itself.
[[gnu::always_inline]] inline std::uint64_t weight_of(Thread& mine, counters::Cell& cell,
                                                      std::uint64_t n) {
  if (++mine.calls % window_calls == 0) [[unlikely]]
    new_window(mine);
  if (sampled_for.load(std::memory_order_relaxed) == nullptr) [[likely]]
    return 1;
  return sampled_weight(cell, n);
}

/// After a timed call while only some are: when the next one is due.
void plan_next(Thread& mine, counters::Cell& cell, std::uint64_t n, std::uint64_t weight,
               std::uint64_t now);

/// After a timed call. It lasted from begin to now.
[[gnu::always_inline]] inline void record(Thread& mine, counters::Cell& cell, std::uint64_t n,
                                          std::uint64_t weight, std::uint64_t begin,
                                          std::uint64_t now, bool several) {
  counters::Header& header = mapped.load(std::memory_order_relaxed)->header;
  const std::uint64_t spent = now > begin ? (now - begin) * weight : 0;
  add(cell.ticks, spent, several);
  if (!mine.initialised_mpi) [[unlikely]]
    add(header.in_mpi_elsewhere, spent, true);
  put(header.left, now);
  if (sampled_for.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
    plan_next(mine, cell, n, weight, now);
  if (now >= get(next_refresh)) [[unlikely]]
    refresh(now, false);
}

}  // namespace mpisize::profile
