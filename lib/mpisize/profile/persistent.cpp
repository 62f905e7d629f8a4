// Persistent sends: who gets what at each start.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "communicator.hpp"
#include "record.hpp"
#include "use.hpp"

namespace mpisize::profile {
namespace {

struct Remembered {
  std::uint64_t request = 0;  ///< 0: never used; 1: free again.
  int peer = 0;               ///< In MPI_COMM_WORLD; negative: another process.
  bool message = false;       ///< False: a receive, or to MPI_PROC_NULL.
  int comm_size = 0;
  std::uint64_t bytes = 0;
};

/// Requests by the hash of their handle. A part that is full has a further one; none is given back.
struct Part {
  static constexpr std::size_t size = 1024;
  static constexpr std::size_t probes = 16;
  Remembered entries[size];
  std::atomic<Part*> further{nullptr};
};

constexpr std::uint64_t free_again = 1;

Part first_part;

Part* make_further(Part& part) {
  void* const room = std::malloc(sizeof(Part));
  if (room == nullptr) return nullptr;
  auto* const made = new (room) Part;
  Part* expected = nullptr;
  if (part.further.compare_exchange_strong(expected, made)) return made;
  std::free(made);
  return expected;
}

std::uint64_t key_of(MPI_Request request) { return reinterpret_cast<std::uintptr_t>(request); }

std::size_t start_of(std::uint64_t key) {
  constexpr unsigned alignment_bits = 6;
  return static_cast<std::size_t>(key >> alignment_bits);
}

Remembered* find(MPI_Request request) {
  const std::uint64_t key = key_of(request);
  for (Part* part = &first_part; part != nullptr; part = part->further.load()) {
    for (std::size_t i = 0; i < Part::probes; ++i) {
      Remembered& entry = part->entries[(start_of(key) + i) % Part::size];
      if (get(entry.request) == key) return &entry;
    }
  }
  return nullptr;
}

/// An entry of its own for the request; nullptr if there is no memory.
Remembered* claim(MPI_Request request) {
  const std::uint64_t key = key_of(request);
  if (Remembered* const known = find(request)) return known;
  for (Part* part = &first_part; part != nullptr;) {
    for (std::size_t i = 0; i < Part::probes; ++i) {
      Remembered& entry = part->entries[(start_of(key) + i) % Part::size];
      std::uint64_t seen = get(entry.request);
      if (seen > free_again) continue;
      if (std::atomic_ref(entry.request).compare_exchange_strong(seen, key)) return &entry;
    }
    Part* const further = part->further.load();
    part = further != nullptr ? further : make_further(*part);
  }
  return nullptr;
}

}  // namespace

void remember(MPI_Request request, MPI_Comm comm, int peer, int count, MPI_Datatype type) {
  if (request == MPI_REQUEST_NULL || request == nullptr) return;
  Remembered* const entry = claim(request);
  if (entry == nullptr) return;
  const Communicator& known = communicator(comm);
  entry->message = peer != MPI_PROC_NULL;
  entry->peer = entry->message ? world_rank(comm, known, peer) : 0;
  entry->comm_size = known.size();
  entry->bytes = entry->message ? bytes_of(count, type) : 0;
}

Use start(int count, const MPI_Request* requests) {
  Use use;
  for (int i = 0; i < count; ++i) {
    const Remembered* const entry = find(requests[i]);
    if (entry == nullptr) continue;
    if (entry->message) count_message(entry->peer, entry->bytes);
    use.bytes += entry->bytes;
    // Requests of several communicators are of none.
    if (i == 0) {
      use.comm_size = entry->comm_size;
    } else if (use.comm_size != entry->comm_size) {
      use.comm_size = 0;
    }
  }
  return use;
}

Use forget(MPI_Request request) {
  Remembered* const entry = find(request);
  if (entry != nullptr) put(entry->request, free_again);
  return {};
}

}  // namespace mpisize::profile
