/// What was planned, what was expected, and what happened.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/choose/plan.hpp"

namespace mpisize {

/// What one rank did.
struct RankUse {
  std::int64_t items = 0;
  std::int64_t chunks = 0;
  Seconds busy{};  ///< In the kernel.
  friend bool operator==(const RankUse&, const RankUse&) = default;
};

/// Wall time on the root from the entry of the call to its return, and where it went.
struct Measured {
  Seconds total{};
  Seconds sampling{};  ///< Until the plan was there: set-up, sampling, planning; work is done
                       ///< meanwhile.
  std::vector<RankUse> ranks;  ///< By rank of the communicator.
  friend bool operator==(const Measured&, const Measured&) = default;
};

struct Report {
  Plan plan;
  Prediction predicted;  ///< Frozen when sampling ended.
  Measured measured;
  friend bool operator==(const Report&, const Report&) = default;
};

}  // namespace mpisize
