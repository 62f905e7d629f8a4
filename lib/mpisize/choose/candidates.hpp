/// The plans that are weighed against each other.
#pragma once

#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// A plan and its closed-form time.
struct Candidate {
  int ranks = 1;
  ScatterPattern pattern;
  double seconds = 0;
};

/// 1, 2, 3 ... up to 64, then in steps of an eighth, and `most` itself.
[[nodiscard]] std::vector<int> rank_grid(int most);

/// The best by closed form, at most `keep`, best first: for every number of ranks in `ranks` above
/// 1, every schedule, chunk size, queue depth and both roles of the root that `forced` leaves open.
[[nodiscard]] std::vector<Candidate> search(const Situation& situation,
                                            const std::vector<int>& ranks, const Forced& forced,
                                            bool largest_first, std::size_t keep);

}  // namespace mpisize
