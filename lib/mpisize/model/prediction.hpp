/// What a plan is expected to take, stage by stage.
#pragma once

#include <cstdint>
#include <string>

#include "mpisize/base/estimate.hpp"

namespace mpisize {

/// Where the time goes; the stages add up to the total.
struct Stages {
  Seconds spent{};      ///< Before the prediction: set-up, sampling, planning.
  Seconds start_up{};   ///< One-time cost of ranks that have not computed yet.
  Seconds compute{};    ///< Work divided evenly over the ranks that compute.
  Seconds dispatch{};   ///< Root's packing, sending, receiving that is not hidden behind computing.
  Seconds imbalance{};  ///< Ranks waiting for the last one, and workers run dry.
  friend bool operator==(const Stages&, const Stages&) = default;
};

/// Predicted wall times on the root, from the entry of the call to its return; launch not included.
struct Prediction {
  Interval total;   ///< Of the plan.
  Interval serial;  ///< Of rank 0 alone, without mpisize.
  Stages stages;
  double speedup = 1;           ///< serial / total.
  double speedup_low = 1;       ///< Its 5 % quantile.
  double efficiency = 1;        ///< speedup / ranks.
  std::int64_t items = 0;       ///< That the total is for: a guess where the source is endless.
  std::int64_t items_seen = 0;  ///< Items that had run when the prediction was frozen.
  bool rare_items_possible = false;  ///< Too few items seen to exclude rare long ones.
  std::string limited_by;  ///< The stage that limits: "computing", "root", "imbalance" ...
  friend bool operator==(const Prediction&, const Prediction&) = default;
};

/// Not with MPISIZE=off, which measures nothing, nor without items.
[[nodiscard]] inline bool was_predicted(const Prediction& predicted) {
  return predicted.serial.value > Seconds(0);
}

}  // namespace mpisize
