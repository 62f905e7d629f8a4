/// Items that fail are tried again.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "mpisize/measure/self.hpp"
#include "mpisize/model/retry.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize {

/// An item whose last try failed.
struct LostItem {
  std::int64_t index = 0;
  std::int64_t position = 0;  ///< As of ItemFailure.
  int tries = 1;
  std::string what;
};

/// Calls compute(first, count), which throws ItemFailure with a position in that range. An item
/// that fails is tried again, alone, as often and as late as the policy says. Its last failure is
/// thrown unless others are to go on and lost(item) agrees.
template <class Compute, class Lost>
void attempt(const RetryPolicy& policy, bool keep_going, std::int64_t first, std::int64_t count,
             Compute compute, Lost lost) {
  const std::int64_t end = first + count;
  while (first < end) {
    LostItem item;
    std::exception_ptr failure;
    const auto tried = [&](std::int64_t from, std::int64_t n) {
      try {
        compute(from, n);
        return true;
      } catch (const ItemFailure& failing) {
        item.index = failing.index;
        item.position = failing.position;
        item.what = what_of_nested(failing);
        failure = std::current_exception();
        return false;
      }
    };
    if (tried(first, end - first)) return;
    bool done = false;
    for (; !done && item.tries <= policy.retries; ++item.tries) {
      polite_sleep(backoff(policy, item.tries, static_cast<std::uint64_t>(item.index)));
      done = tried(item.position, 1);
    }
    if (!done && !(keep_going && lost(item))) std::rethrow_exception(failure);
    first = item.position + 1;
  }
}

}  // namespace mpisize
