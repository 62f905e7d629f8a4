/// Deterministic discrete-event replay of the root and its workers.
#pragma once

#include <cstdint>

#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// What one replay did, in seconds from the decision to the last result at the root.
struct Replayed {
  double total = 0;
  double root_busy = 0;  ///< Handling messages.
  double computing = 0;  ///< Mean over the ranks that compute.
  std::int64_t events = 0;
};

/// Plays the protocol of the executors: chunks in the order of the schedule, up to `queued` at a
/// worker and never more than its part of the open work, the root looking at messages between its
/// own items. An item's time is drawn from the sampled ones by `seed` and position, so that two
/// plans are compared on the same items; ranks differ in pace by the workload's noise.
///
/// Of fixed chunks about `most_chunks`, but a dozen a rank, are played where there are many more:
/// the steady state is looked at and jumped over (in four places where item times have a trend),
/// the end is played. Of more than `most_chunks` / 10 workers (64 to 1,000) as many stand for all.
[[nodiscard]] Replayed replay(const Situation& situation, int ranks, const ScatterPattern& pattern,
                              std::uint64_t seed, std::int64_t most_chunks = 20000);

}  // namespace mpisize
