/// The work of a call as the sampled items show it: how long which items take.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/kernel_profile.hpp"

namespace mpisize {

/// Equal share of the units, and the positions (order of work) that hold it, with the items sampled
/// there.
struct Stratum {
  std::int64_t first = 0;  ///< Position.
  std::int64_t count = 0;
  double units = 0;  ///< Sum over all its items of what predicts the time: bytes, or 1 each.
  std::vector<double> rates;  ///< Sampled seconds per unit.
  double mean_rate = 0;       ///< Ratio estimate: sampled seconds / sampled units.
  double rate_sd = 0;         ///< Standard deviation of the seconds of one item over its units.
};

/// A sampled item time: the items that take at least as long have this share of all items, and this
/// many seconds per item of the whole.
struct TailPoint {
  double time = 0;
  double share = 0;
  double seconds = 0;
};

/// Times are of one rank computing alone, unless a slow-down is applied on top.
struct Workload {
  std::int64_t items = 0;
  std::int64_t seen = 0;        ///< Items that were sampled.
  std::vector<Stratum> strata;  ///< Ascending, without gaps; at least one if anything was sampled.
  std::vector<SizeSum> size_sums;  ///< As in the profile; empty: every item is one unit.
  double total = 0;                ///< Seconds of all items.
  double total_error =
      0;  ///< Relative standard error of the total (stratified sampling, Cochran 1977; a trend).
  double mean = 0;     ///< Seconds of one item.
  double sd = 0;       ///< Of one item about its stratum's mean.
  double largest = 0;  ///< Expected longest item among all, by the fitted tail.
  double largest_seen = 0;
  std::vector<TailPoint> tail;  ///< Of all sampled times, ascending.
  double noise = 0;  ///< Relative standard deviation of the means of time windows of a rank.
  std::int64_t packed_in = 0;  ///< Bytes of one item, mean.
  std::int64_t packed_out = 0;

  /// Units of the positions [first, first + count).
  [[nodiscard]] double units(std::int64_t first, std::int64_t count) const;
  /// Expected seconds of the positions before `position`.
  [[nodiscard]] double work_before(std::int64_t position) const;
  [[nodiscard]] const Stratum& stratum_of(std::int64_t position) const;
};

/// Points of the tail, from the strata.
[[nodiscard]] std::vector<TailPoint> tail_of(const std::vector<Stratum>& strata);

/// E[max(0, t - limit)] of an item time t, by the tail.
[[nodiscard]] double expected_excess(const Workload& work, double limit);

/// Time that about one of `count` items takes or exceeds, by the tail.
[[nodiscard]] double longest_of(const Workload& work, double count);

/// Expects at least one sample with a positive number of items; throws std::invalid_argument
/// otherwise.
[[nodiscard]] Workload workload_of(const KernelProfile& kernel, std::int64_t items);

/// Seconds of `count` items from `first`, drawn from the sampled times: each one up to 16 items,
/// their sum by the central limit theorem above that.
[[nodiscard]] double draw_time(const Workload& work, std::int64_t first, std::int64_t count,
                               Random& random);

/// Slow-down of an item when `computing` ranks of a node compute at once and `polling` more poll:
/// max(1, (computing x CPU share + polling) / cpus), times what was measured beyond that.
[[nodiscard]] double slowdown(const KernelProfile& kernel, double cpus, int computing, int polling);

}  // namespace mpisize
