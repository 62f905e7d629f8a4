#include "mpisize/model/retry.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

void check_wait(const char* name, Seconds wait) {
  if (std::isfinite(wait.value()) && wait >= Seconds(0)) return;
  throw std::invalid_argument(std::string(name) + " is " + std::to_string(wait.value()) +
                              " s; give a finite time of at least 0");
}

}  // namespace

Seconds backoff(const RetryPolicy& policy, int attempt, std::uint64_t seed) {
  if (attempt < 1) {
    throw std::invalid_argument("retry number " + std::to_string(attempt) +
                                " does not exist; count retries from 1");
  }
  check_wait("first_wait", policy.first_wait);
  check_wait("longest_wait", policy.longest_wait);
  // ldexp goes to infinity where 2^n cannot be held, and the minimum brings it back.
  const Seconds grown(std::ldexp(policy.first_wait.value(), attempt - 1));
  const Seconds wait = std::min(grown, policy.longest_wait);
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15U;  // Far from SplitMix64's own steps: odd.
  Random random(Random(seed).bits() ^ (static_cast<std::uint64_t>(attempt) * golden));
  return wait * (0.5 + 0.5 * random.uniform());
}

}  // namespace mpisize
