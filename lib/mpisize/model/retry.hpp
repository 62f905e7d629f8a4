/// When an item that failed is tried again.
#pragma once

#include <cstdint>

#include "mpisize/base/units.hpp"

namespace mpisize {

struct RetryPolicy {
  int retries = 0;            ///< Further tries after the first one.
  Seconds first_wait{10e-3};  ///< Before the first retry; each further one waits twice as long.
  Seconds longest_wait{1};
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// Wait before retry number `attempt` (1 is the first): with w = min(longest_wait, first_wait
/// 2^(attempt - 1)), uniform in [w/2, w), the "equal jitter" of Brooker (Exponential Backoff And
/// Jitter, AWS Architecture Blog, 2015). Full jitter would spread more, but allows no wait at all.
/// Same seed and attempt, same wait: give each item a seed of its own. Throws
/// std::invalid_argument for an attempt below 1 and for waits that are negative or not finite.
[[nodiscard]] Seconds backoff(const RetryPolicy& policy, int attempt, std::uint64_t seed);

}  // namespace mpisize
