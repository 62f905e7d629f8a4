#include "record.hpp"

#include <cstring>

namespace mpisize::profile {

Rates rates;
std::atomic<const Thread*> sampled_for{nullptr};

namespace {

constexpr std::size_t probes = 32;         ///< Places that are tried for a cell or a peer.
constexpr double refresh_interval = 0.01;  ///< Seconds.

/// Odd multiplier of Knuth, The Art of Computer Programming 3, 6.4: 2^64 divided by the golden
/// ratio.
std::size_t hashed(std::uint64_t key) {
  constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15;
  constexpr unsigned shift = 40;
  return static_cast<std::size_t>((key * multiplier) >> shift);
}

/// The entry of that key, made if need be; nullptr: no room.
template <class Entries>
auto* find_entry(Entries& entries, std::size_t start, std::uint64_t key, bool& made) {
  for (std::size_t i = 0; i < probes; ++i) {
    auto& entry = entries[(start + i) % entries.size()];
    std::uint64_t seen = get(entry.key);
    if (seen == key) return &entry;
    if (seen != 0) continue;
    made = std::atomic_ref(entry.key).compare_exchange_strong(seen, key);
    if (made || seen == key) return &entry;
  }
  return static_cast<decltype(&entries[0])>(nullptr);
}

}  // namespace

counters::Cell& find_cell(Routine& routine, std::uint64_t key) {
  counters::File& file = *mapped.load(std::memory_order_relaxed);
  bool made = false;
  counters::Cell* const cell = find_entry(file.cells, hashed(key), key, made);
  if (cell == nullptr) return file.other_cells;
  if (made) {
    const std::size_t length = std::strlen(routine.name);
    // The first letter last: a reader takes an empty name for none.
    if (length < cell->name.size()) {
      std::memcpy(cell->name.data() + 1, routine.name + 1, length - 1);
      std::atomic_ref(cell->name[0]).store(routine.name[0], std::memory_order_release);
    }
  }
  routine.last.store(cell, std::memory_order_relaxed);
  return *cell;
}

counters::Peer& find_peer(int world_rank) {
  counters::File& file = *mapped.load(std::memory_order_relaxed);
  if (world_rank < 0) return file.other_peers;
  bool made = false;
  const auto start = static_cast<std::size_t>(world_rank);
  counters::Peer* const peer = find_entry(file.peers, start, std::uint64_t{start} + 1, made);
  return peer != nullptr ? *peer : file.other_peers;
}

void set_rates(double seconds_per_tick) {
  rates.window =
      static_cast<std::uint64_t>(window_calls / timed_calls_per_second / seconds_per_tick);
  rates.rare = static_cast<std::uint64_t>(1 / rare_calls_per_second / seconds_per_tick);
  rates.refresh = static_cast<std::uint64_t>(refresh_interval / seconds_per_tick);
}

namespace {

/// From here on cells say which of their calls was the last to be timed.
void begin_sampling(counters::File& file) {
  put(file.header.sampled, 1U);
  for (counters::Cell& cell : file.cells) {
    put(cell.last_timed, get(cell.calls));
    put(cell.due, std::uint64_t{0});
    put(cell.seen, std::uint64_t{0});
  }
}

}  // namespace

void new_window(Thread& mine) {
  const std::uint64_t now = ticks();
  const std::uint64_t elapsed = now - mine.window;
  mine.window = now;
  const Thread* const sampled = sampled_for.load(std::memory_order_relaxed);
  if (sampled == nullptr && elapsed < rates.window) {
    begin_sampling(*mapped.load(std::memory_order_relaxed));
    sampled_for.store(&mine, std::memory_order_relaxed);
  }
  // A quarter below the limit before it is left again: no flutter.
  if (sampled == &mine && elapsed > rates.window + rates.window / 4) {
    sampled_for.store(nullptr, std::memory_order_relaxed);
  }
}

std::uint64_t sampled_weight(counters::Cell& cell, std::uint64_t n) {
  if (n < get(cell.due)) return 0;
  const std::uint64_t last = get(cell.last_timed);
  put(cell.last_timed, n);
  return n > last ? n - last : 0;  // Another thread may have been quicker.
}

void plan_next(Thread& mine, counters::Cell& cell, std::uint64_t n, std::uint64_t weight,
               std::uint64_t now) {
  const std::uint64_t since = now - get(cell.seen);
  put(cell.seen, now);
  // The first call since sampling began has seen nothing before: rare until the next one.
  if (weight == 0 || since / weight > rates.rare) {
    put(cell.due, n + 1);
    return;
  }
  // Marsaglia, Xorshift RNGs, 2003.
  std::uint32_t x = mine.random != 0 ? mine.random : 1;
  x ^= x << 13U;
  x ^= x >> 17U;
  x ^= x << 5U;
  mine.random = x;
  put(cell.due, n + shortest_stride + x % stride_spread);
}

}  // namespace mpisize::profile
