#include "mpisize/choose/uncertainty.hpp"

#include <algorithm>
#include <cmath>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

constexpr double two_sided_90 = 1.645;  ///< Standard deviations of a normal 90 % interval.
/// Nine of ten calls of the benchmark's prediction suites are within it; of batch and stream, which
/// show only their first items, stragglers not counted.
constexpr double model_error_of_map = 0.05;
constexpr double model_error_of_flows = 0.09;
constexpr std::size_t enough_residuals = 10;

}  // namespace

Uncertainty uncertainty_of(const Workload& work, const ModelError& model,
                           const std::vector<double>& replays, PatternKind kind) {
  Uncertainty u;
  u.sampling = work.total_error;
  u.noise = work.noise;
  u.model = (kind == PatternKind::map ? model_error_of_map : model_error_of_flows) / two_sided_90;
  if (model.residuals.size() >= enough_residuals) {
    std::vector<double> sizes;
    for (const double r : model.residuals) sizes.push_back(std::abs(r));
    u.model = quantile(sizes, 0.9) / two_sided_90;
    u.model_assumed = false;
  }
  if (replays.size() > 1 && mean(replays) > 0) u.replay = coefficient_of_variation(replays);
  return u;
}

double unseen_tail(const Workload& work, int computing, bool largest_first) {
  if (largest_first || work.seen >= work.items || work.seen == 0) return 0;
  // Begun at a random moment, a long item ends last only if it begins late.
  const double longer = std::max(0.0, work.largest - work.largest_seen);
  return longer * (1 - 1.0 / std::max(1, computing));
}

Interval interval_of(double seconds, double spent, const Uncertainty& u, double unseen) {
  const double relative = std::sqrt(u.sampling * u.sampling + u.noise * u.noise +
                                    u.model * u.model + u.replay * u.replay);
  const double half = two_sided_90 * relative * seconds;
  const double high = std::sqrt(half * half + unseen * unseen);
  return {Seconds(spent + seconds), Seconds(spent + std::max(seconds - half, 0.0)),
          Seconds(spent + seconds + high)};
}

double speedup_low(double serial, double parallel, const Uncertainty& u) {
  if (parallel <= 0) return 1;
  const double relative = std::sqrt(u.model * u.model + u.replay * u.replay);
  return serial / parallel / (1 + two_sided_90 * relative);
}

}  // namespace mpisize
