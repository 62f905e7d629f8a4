/// What was planned, what was expected, and what happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/chunk_control.hpp"
#include "mpisize/model/dead_letter.hpp"

namespace mpisize {

/// What one rank did.
struct RankWork {
  std::int64_t items = 0;
  std::int64_t chunks = 0;
  Seconds busy{};  ///< In the kernel.
  friend bool operator==(const RankWork&, const RankWork&) = default;
};

/// What went through a batch or stream.
struct Flowed {
  std::int64_t pulled = 0;
  std::int64_t delivered = 0;
  std::int64_t most_held = 0;  ///< Items pulled and not delivered, at most.
  Seconds pulling{};           ///< Root's time in the source.
  Seconds delivering{};        ///< Root's time in the sink.
  friend bool operator==(const Flowed&, const Flowed&) = default;
};

/// Wall time on the root from the entry of the call to its return, and where it went.
struct Measured {
  Seconds total{};
  Seconds sampling{};  ///< Until the plan was there: set-up, sampling, planning; work is done
                       ///< meanwhile.
  std::vector<RankWork> ranks;   ///< By rank of the communicator.
  std::int64_t items = 0;        ///< Computed in this call.
  std::int64_t resumed = 0;      ///< Taken from the journal.
  std::vector<DeadLetter> lost;  ///< Items that failed for good.
  std::optional<std::string>
      stopped;                 ///< Why the call ended early, one sentence; empty: it did not.
  std::optional<Flowed> flow;  ///< Of batch and stream.
  std::vector<Adaptation> adaptations;  ///< Chunk sizes as they were changed on the way: the first.
  std::int64_t adapted = 0;             ///< How often they were changed.
  friend bool operator==(const Measured&, const Measured&) = default;
};

struct Report {
  Plan plan;
  Prediction predicted;  ///< Frozen when sampling ended.
  Measured measured;
  friend bool operator==(const Report&, const Report&) = default;
};

}  // namespace mpisize
