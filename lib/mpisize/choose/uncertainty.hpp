/// How sure a prediction is.
#pragma once

#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/model/workload.hpp"

namespace mpisize {

/// Relative standard deviations that a predicted time carries; independent of each other.
struct Uncertainty {
  double sampling = 0;  ///< Of the mean item time, stratified sampling.
  double noise = 0;     ///< Correlated in time: frequency, steal, neighbours.
  double model = 0;     ///< Residuals of earlier runs on this machine, or 5 % assumed (90 %).
  double replay = 0;    ///< From replay to replay.
  bool model_assumed = true;
};

[[nodiscard]] Uncertainty uncertainty_of(const Workload& work, const ModelError& model,
                                         const std::vector<double>& replays,
                                         PatternKind kind = PatternKind::map);

/// 90 % interval of `seconds`. The upper end makes room for a rare item that was not seen: `unseen`
/// seconds beyond what the draws contain (rule of three: k items seen leave a share up to 3/k).
[[nodiscard]] Interval interval_of(double seconds, double spent, const Uncertainty& u,
                                   double unseen);

/// Seconds by which an item longer than any seen may lengthen the end, on `computing` ranks.
[[nodiscard]] double unseen_tail(const Workload& work, int computing, bool largest_first);

/// 5 % quantile of the speed-up serial / parallel: sampling error and noise act on both alike and
/// cancel.
[[nodiscard]] double speedup_low(double serial, double parallel, const Uncertainty& u);

}  // namespace mpisize
