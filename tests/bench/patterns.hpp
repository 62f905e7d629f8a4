/// One call of map, batch or stream over the same items.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <mpisize/mpisize.hpp>

namespace bench {

/// A call by the pattern named map, batch or stream. Results are kept, as those of map are.
template <class Items, class Kernel>
mpisize::Report call(MPI_Comm comm, const std::string& pattern, const Items& items,
                     const Kernel& kernel, const mpisize::Options& options) {
  using R = std::invoke_result_t<const Kernel&, const std::ranges::range_value_t<Items>&>;
  if (pattern == "map") return mpisize::map(comm, items, kernel, options).report;
  std::vector<R> results(items.size());
  const auto at = [&](std::int64_t index) -> R& {
    return results[static_cast<std::size_t>(index)];
  };
  if (pattern == "batch") {
    return mpisize::batch(
        comm, items, kernel,
        [&](std::int64_t first, std::span<R> part) {
          for (R& result : part) at(first++) = std::move(result);
        },
        options);
  }
  if (pattern == "stream") {
    return mpisize::stream(
        comm, items, kernel, [&](std::int64_t index, R&& result) { at(index) = std::move(result); },
        options);
  }
  throw std::invalid_argument("no pattern is called " + pattern);
}

}  // namespace bench
