/// Samples a program that is linked with mpisize, from outside.
#pragma once

#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

struct Sampling {
  ChildLine child;
  std::vector<int> ranks;  ///< Ascending, not empty.
  std::string name;        ///< Of the call site; empty: the first.
  Topology topology;       ///< Of the machine it runs on.
};

/// Starts the program once for each rank count with MPISIZE_PROFILE set, and merges the profiles.
/// Throws InputError with the program's last words if it fails, or if it never calls mpisize.
[[nodiscard]] KernelProfile sample(const Sampling& sampling, SpooledInput& input, const Talk& talk);

/// Profiles of one call at ascending rank counts as one: the samples of the largest, the slow-down
/// from all. Where there is a profile with one rank, the slow-down is the ratio of mean item times,
/// with its interval from the standard errors of both means.
struct CountedProfile {
  int ranks_per_node;
  KernelProfile profile;
};
[[nodiscard]] KernelProfile merge(const std::vector<CountedProfile>& profiles);

}  // namespace mpisize::tools
