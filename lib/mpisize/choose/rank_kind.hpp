/// Which rank counts a program accepts, by those on which it ran and those on which it failed.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mpisize {

struct RankKind {
  std::string words;        ///< "powers of two".
  std::vector<int> counts;  ///< Up to `most`, ascending; those on which it ran are among them.
};

/// The first kind that has all counts on which it ran and none on which it failed: powers of two;
/// squares (as grids of p x p ranks need); divisors of the least common multiple of the former (a
/// program that wants a divisor of its size and took 4 and 6 takes 12, 3, 2 and 1); or those alone
/// on which it ran. A count that did both failed by chance. Empty: it failed on none, or ran on
/// none.
[[nodiscard]] std::optional<RankKind> kind_of_ranks(const std::vector<int>& ran,
                                                    const std::vector<int>& failed, int most);

}  // namespace mpisize
