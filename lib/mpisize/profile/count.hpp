/// One counted call.
#pragma once

#include "clock.hpp"
#include "record.hpp"
#include "state.hpp"
#include "use.hpp"

namespace mpisize::profile {

struct NothingMore {
  void operator()() const {}
};

/// Calls next(arguments...) and counts it. `describe` says what it hands over, before, because
/// afterwards the communicator or the request may be gone; `after` is done when it has returned.
/// A call from within another (Open MPI's Fortran entry points call PMPI_x, its file routines call
/// MPI themselves) is passed on: what the program called is counted, once.
template <class Describe, class After, class Function, class... Arguments>
[[gnu::always_inline]] inline int counted(Routine& routine, Describe describe, After after,
                                          Function next, Arguments... arguments) {
  Thread& mine = thread;
  if (mine.depth != 0 || !counting) return next(arguments...);
  mine.depth = 1;
  const bool several = several_threads;
  const Use use = describe();
  counters::Cell& cell = cell_of(routine, use.comm_size);
  const std::uint64_t n = count_call(cell, several);
  if (use.bytes != 0) add(cell.bytes, use.bytes, several);
  const std::uint64_t weight = weight_of(mine, cell, n);
  int result = 0;
  if (weight != 0) [[likely]] {
    const std::uint64_t begin = ticks();
    if (mine.initialised_mpi) put(mapped.load(std::memory_order_relaxed)->header.entered, begin);
    result = next(arguments...);
    record(mine, cell, n, weight, begin, ticks(), several);
  } else {
    result = next(arguments...);
  }
  after();
  mine.depth = 0;
  return result;
}

}  // namespace mpisize::profile
