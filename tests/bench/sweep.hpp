/// Plans for the exhaustive sweep, and the rules that people use instead.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "forced.hpp"

namespace bench {

/// Every number of ranks from `ranks` down to 1, the root computing or not; static blocks, dynamic
/// and guided and factoring with chunks 1, 4, 16 ... up to an even share, queue depths 1, 2, 4, 16
/// where the depth can make a difference. Most promising ranks first, within them in a seeded
/// random order. `flow`: dynamic schedules only, which batch and stream have.
[[nodiscard]] std::vector<Choices> all_plans(int ranks, std::int64_t items, std::uint64_t seed,
                                             bool flow);

/// A rule for the chunk size; all ranks work, two chunks are queued.
struct Rule {
  std::string name;
  Choices choices;
};

/// Chunk 1; static blocks of N / P; N / 4P (Python's multiprocessing); 0.2 s per chunk (Amorsize).
/// `flow`: chunks of N / P instead of blocks.
[[nodiscard]] std::vector<Rule> usual_rules(int ranks, std::int64_t items, double mean_time,
                                            bool flow);

/// No run by this plan is shorter: the work cannot be shared out better than evenly, and someone
/// has the largest item. `cores` is 0 for sleeping items, which share nothing.
[[nodiscard]] double lower_bound(const Choices& choices, const std::vector<double>& times,
                                 int cores);

}  // namespace bench
