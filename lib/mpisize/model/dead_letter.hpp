/// Items that failed for good.
#pragma once

#include <cstdint>
#include <string>

namespace mpisize {

/// An item that still failed after its last try.
struct DeadLetter {
  std::int64_t index = 0;
  int rank = 0;         ///< Where it failed last.
  std::string host;     ///< Name of that rank's host.
  int tries = 1;        ///< Calls of the kernel, the first one included.
  std::string message;  ///< what() of the last failure.
  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};

}  // namespace mpisize
