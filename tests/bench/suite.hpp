/// The workloads of the suite: serial time 4 s x scale, items that compute or sleep.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "settings.hpp"
#include "watch.hpp"
#include "work.hpp"

namespace bench {

/// Seconds of each item: uniform_20us, uniform_200us, uniform_2ms; lognormal_1, lognormal_2 (mean 1
/// ms, coefficient of variation 1 and 2, no item below 200 us); rising (200 us to 3.8 ms with the
/// index); straggler (2 ms, and one item of 10 % of the total); big_items, big_results (200 items
/// with 1 MB each). Throws std::invalid_argument for another kind.
[[nodiscard]] std::vector<double> item_times(const std::string& kind, double scale,
                                             std::uint64_t seed);

/// A megabyte; the first double is the time of the item or of the result.
using Block = std::vector<double>;
inline constexpr std::size_t block_doubles = std::size_t{1} << 17U;

/// Calls body(items, kernel) on every rank of `comm`; the kernel's result holds the wall time of
/// its item. The root has the items, `times`.
template <class Body>
void with_kernel(MPI_Comm comm, const Settings& settings, const std::vector<double>& times,
                 Body&& body) {
  // One calibration for all ranks, by the root while the others sleep.
  const double speed = polite_sum(comm, is_root(comm) ? steps_per_second() : 0.0);
  const Worker work(settings.sleeping, speed);
  if (settings.kind == "big_items") {
    std::vector<Block> items;
    items.reserve(times.size());
    for (const double time : times) items.emplace_back(block_doubles, time);
    body(items, [work](const Block& item) { return work(mpisize::Seconds(item.front())).value(); });
  } else if (settings.kind == "big_results") {
    body(times, [work](double time) {
      return Block(block_doubles, work(mpisize::Seconds(time)).value());
    });
  } else {
    body(times, [work](double time) { return work(mpisize::Seconds(time)).value(); });
  }
}

}  // namespace bench
