/// A profile of the first items, spread over all of them.
#pragma once

#include "mpisize/model/kernel_profile.hpp"

namespace mpisize {

/// A stream shows its first items only. The copy of `kernel` says that they are typical: its
/// samples stand evenly over `items` items, in their order. If item times change with the index
/// beyond chance (a straight line by least squares, its slope five standard errors from 0, a
/// quarter of the mean over what was seen, and the same in both halves), and `extrapolate`, the
/// line is followed to the last item, and the standard error of its slope goes into trend_error.
[[nodiscard]] KernelProfile spread_out(const KernelProfile& kernel, std::int64_t items,
                                       bool extrapolate);

/// Item times seem to change with the index (three standard errors), but not clearly enough to be
/// followed: more samples would tell.
[[nodiscard]] bool trend_in_doubt(const KernelProfile& kernel);

}  // namespace mpisize
