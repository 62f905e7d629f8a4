/// Values as text for people: plain UTF-8 lines, no colour, each ended by a line feed.
#pragma once

#include <string>

#include "mpisize/choose/plan.hpp"
#include "mpisize/choose/report.hpp"
#include "mpisize/model/cluster.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// Hardware and what of it is granted, with what narrowed it.
[[nodiscard]] std::string describe(const Topology& topology);

/// Hardware, links, launch and dispatch cost, each with interval and source.
[[nodiscard]] std::string describe(const Machine& machine);

/// Partitions in a table, a line for each kind of node; limits, and what the user may not use.
[[nodiscard]] std::string describe(const Cluster& cluster);

/// Item times with a histogram, sizes, memory, threads, slow-down.
[[nodiscard]] std::string describe(const KernelProfile& kernel);

/// The verdict, the layout, the predicted times and the reasons. `explain` adds the stages with the
/// formula, the runner-up and what would change the choice; 40 lines at most.
[[nodiscard]] std::string describe(const Choice& choice, bool explain);

/// Predicted against measured, and how the ranks were used.
[[nodiscard]] std::string describe(const Report& report);

/// measured / predicted - 1 of the total time; 0 if both are 0.
[[nodiscard]] double relative_error(const Report& report);

/// Whether the measured total lies inside the predicted 90 % interval.
[[nodiscard]] bool inside_interval(const Report& report);

}  // namespace mpisize
