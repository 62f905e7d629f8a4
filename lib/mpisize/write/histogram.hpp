/// A small histogram as text. Private.
#pragma once

#include <string>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// A time and how many items took it.
struct WeightedTime {
  Seconds time{};
  double weight = 1;
};

/// One line a bin, "  1.00 ms to 1.26 ms  ######## 123". At most `bins` bins of equal width, or of
/// equal ratio if the longest time is over ten times the shortest that is not 0. Empty text if
/// there is nothing to tell apart.
[[nodiscard]] std::string histogram(const std::vector<WeightedTime>& times, int bins = 8);

}  // namespace mpisize
