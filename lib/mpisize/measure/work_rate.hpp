/// How fast one process computes here, to be compared between hosts.
#pragma once

#include <cstdint>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// Steps a second of a fixed loop (multiplications that depend on each other, in registers), by
/// wall time: a host that is slower, shared or held back by a quota does fewer.
[[nodiscard]] double work_rate(Seconds time);

/// The same number for all hosts that share a kernel, as containers do: they must not be measured
/// at once. A hash of /proc/sys/kernel/random/boot_id, 0 if that cannot be read.
[[nodiscard]] std::uint32_t kernel_identity();

}  // namespace mpisize
