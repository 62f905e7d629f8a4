/// What the layer knows of this process and of each of its threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "mpisize/measure/counter_format.hpp"

// Passed on by value as the compiler sees it: MPI's handles are pointers to these.
struct ompi_communicator_t;

namespace mpisize::profile {

struct Communicator;

/// Last looked-up communicators of a thread; see communicator.hpp.
struct CommunicatorCache {
  struct Entry {
    ompi_communicator_t* handle;
    const Communicator* known;
  };
  static constexpr std::size_t size = 8;
  std::uint64_t epoch;
  Entry entries[size];
};

struct Thread {
  std::uint32_t depth;   ///< > 0: inside a counted call; what MPI itself calls is not counted.
  bool initialised_mpi;  ///< This is the thread that called MPI_Init.
  bool belongs_to_mpi;   ///< MPI made it.
  std::uint32_t calls;   ///< By this thread, modulo 2^32.
  std::uint32_t random;  ///< State of a xorshift generator.
  std::uint64_t window;  ///< Start of the stretch in which calls are being counted, in ticks.
  CommunicatorCache cache;
};

// Initial-exec: the layer is loaded with the program, its thread-local data lie at a fixed offset.
extern constinit thread_local Thread thread [[gnu::tls_model("initial-exec")]];

/// The counters, or nullptr: nothing is counted.
extern std::atomic<counters::File*> mapped;
/// Between MPI_Init and MPI_Finalize: calls are counted.
extern bool counting;
/// MPI_THREAD_MULTIPLE: threads may add to the same field at once.
extern bool several_threads;

/// Adds to a field that a reader may look at; `several`: that other threads may add to as well.
inline void add(std::uint64_t& field, std::uint64_t amount, bool several = several_threads) {
  const std::atomic_ref<std::uint64_t> shared(field);
  if (several) [[unlikely]] {
    shared.fetch_add(amount, std::memory_order_relaxed);
  } else {
    shared.store(shared.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
}

template <class T>
void put(T& field, T value) {
  std::atomic_ref<T>(field).store(value, std::memory_order_relaxed);
}

template <class T>
T get(T& field) {
  return std::atomic_ref<T>(field).load(std::memory_order_relaxed);
}

}  // namespace mpisize::profile
