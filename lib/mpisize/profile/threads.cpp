// pthread_create is called by whatever makes threads: OpenMP, OpenBLAS, TBB, std::thread. Asking
// /proc instead would miss those that are gone, and could not tell those of MPI apart.
#include "threads.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "next.hpp"
#include "state.hpp"

namespace mpisize::profile {
namespace {

std::atomic<unsigned> alive{1};
std::atomic<unsigned> most{1};
pthread_once_t key_made = PTHREAD_ONCE_INIT;
pthread_key_t ending;
bool key_usable = false;

void ended(void* /*value*/) { alive.fetch_sub(1, std::memory_order_relaxed); }

void make_key() { key_usable = pthread_key_create(&ending, ended) == 0; }

void started() {
  const unsigned now = alive.fetch_add(1, std::memory_order_relaxed) + 1;
  unsigned highest = most.load(std::memory_order_relaxed);
  while (now > highest && !most.compare_exchange_weak(highest, now)) {
  }
  if (now > highest) {
    if (counters::File* const file = mapped.load(std::memory_order_acquire)) {
      put(file->header.threads, most.load(std::memory_order_relaxed));
    }
  }
}

/// What a new thread is to do, and whose it is.
struct Start {
  void* (*routine)(void*);
  void* argument;
  bool of_mpi;
};

void* run(void* data) {
  const Start start = *static_cast<Start*>(data);
  std::free(data);
  thread.belongs_to_mpi = start.of_mpi;
  if (!start.of_mpi) pthread_setspecific(ending, &ending);  // However it ends, ended() is called.
  return start.routine(start.argument);
}

}  // namespace

unsigned most_threads() { return most.load(std::memory_order_relaxed); }

}  // namespace mpisize::profile

// The names of the system's header are reserved.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" [[gnu::visibility("default")]] int pthread_create(pthread_t* id,
                                                             const pthread_attr_t* attributes,
                                                             void* (*routine)(void*),
                                                             void* argument) noexcept {
  using namespace mpisize::profile;
  static constinit Next<int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*)> next(
      "pthread_create");
  pthread_once(&key_made, make_key);
  void* const room = key_usable ? std::malloc(sizeof(Start)) : nullptr;
  if (room == nullptr) return next()(id, attributes, routine, argument);
  const bool of_mpi = thread.depth != 0 || thread.belongs_to_mpi;
  auto* const start = new (room) Start{routine, argument, of_mpi};
  // Counted before it runs: a thread that is over at once was alive too.
  if (!of_mpi) started();
  const int error = next()(id, attributes, run, start);
  if (error != 0) {
    if (!of_mpi) ended(nullptr);
    std::free(room);
  }
  return error;
}
