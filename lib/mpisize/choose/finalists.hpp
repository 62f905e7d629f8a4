/// The last rounds of the search: plans are replayed instead of calculated.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/choose/candidates.hpp"

namespace mpisize {

/// A plan that was replayed.
struct Finalist {
  Candidate candidate;
  std::vector<double> replays;  ///< Seconds, one per seed; the same seeds for every plan.
  double seconds = 0;           ///< Their mean.
};

/// Plans that differ by less count as equally fast, and the one with fewer ranks is taken.
inline constexpr double as_fast = 1.01;

/// Replays the candidates, the better half more often (successive halving, Jamieson and Talwalkar
/// 2016), then walks from the best to its neighbours, within `ranks` and what `forced` leaves open,
/// as long as that gains. Best first; those replayed as often as the first stand before all others.
/// Ends at about `bound` events.
[[nodiscard]] std::vector<Finalist> replay_finalists(const Situation& situation,
                                                     const std::vector<Candidate>& candidates,
                                                     const std::vector<int>& ranks,
                                                     const Forced& forced, std::int64_t bound,
                                                     std::uint64_t seed);

}  // namespace mpisize
