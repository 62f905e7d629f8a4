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

/// Packed items or results of a chunk beyond this need new memory on both sides each time, which
/// costs more than sending them: smaller chunks find memory that was used before.
inline constexpr Bytes most_chunk_bytes{16 << 20};

/// The largest chunk of the pattern is within that, or is a single item.
[[nodiscard]] bool chunks_fit(const Situation& situation, int computing,
                              const ScatterPattern& pattern);

/// The best by closed form, at most `keep`, best first: for every number of ranks in `ranks` above
/// 1, every schedule, chunk size, queue depth and both roles of the root that `forced` leaves open.
/// Chunks that do not fit must be forced.
[[nodiscard]] std::vector<Candidate> search(const Situation& situation,
                                            const std::vector<int>& ranks, const Forced& forced,
                                            bool largest_first, std::size_t keep);

}  // namespace mpisize
