/// Plans over rank counts.
#pragma once

#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "options.hpp"

namespace mpisize::tools {

/// Whether --ranks names several counts.
[[nodiscard]] bool names_several(const Planning& planning);

/// The counts that --ranks names, or powers of two, up to what machine and limits allow; of more
/// than 64, those that are about evenly apart on a logarithmic scale, the first and last always.
[[nodiscard]] std::vector<int> counts_shown(const Planning& planning, const Machine& machine);

/// A plan for each of the counts shown, in ascending order, the chosen one in its place among them.
[[nodiscard]] std::vector<Choice> plans_around(const Choice& chosen, const Machine& machine,
                                               const KernelProfile& kernel,
                                               const Planning& planning);

/// A plan for each of these counts by itself; those that no plan meets the limits on are left out.
[[nodiscard]] std::vector<Choice> plans_over(const std::vector<int>& counts, const Machine& machine,
                                             const KernelProfile& kernel, const Planning& planning);

}  // namespace mpisize::tools
