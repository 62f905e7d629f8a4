/// What a node draws while a program runs on some of its cores.
///
///   power(nodes, c) = nodes a + b c,   energy = power x time
///
/// with c cores in use, ranks x threads: ranks that wait in MPI poll, and draw what computing ones
/// do. Linear in the use of the node, as Fan, Weber and Barroso (2007), "Power provisioning for a
/// warehouse-sized computer", found of servers. a is the packages at rest and all else that ran on
/// the node meanwhile; memory, network and fans are in neither. Measured on one node; others are
/// taken to be like it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/model/program_points.hpp"

namespace mpisize {

struct PowerModel {
  Watts node;            ///< a
  Watts core;            ///< b
  int runs = 0;          ///< That it is fitted to.
  int fewest_cores = 0;  ///< In use in one of them.
  int most_cores = 0;    ///< Equal: nothing is known of other numbers, and all of it is in a.
  double mean_cores = 0;
  double cores_spread = 0;  ///< Sum of (c - mean)^2 over the runs.
  double noise = 0;         ///< Relative standard deviation of a run's power from the line.
  friend bool operator==(const PowerModel&, const PowerModel&) = default;
};

/// Least squares with a and b not negative, over the runs on one node whose energy was measured;
/// empty without any. The noise is pooled with 3 % assumed, which count as much as one run.
[[nodiscard]] std::optional<PowerModel> fit_power(const std::vector<ProgramRun>& runs);

/// Of a run that takes `time`: the error of the line and the noise of a run (Draper and Smith 1998,
/// chapter 1) and the interval of the time in quadrature. Empty where nothing is known of so many
/// cores.
[[nodiscard]] std::optional<Estimate<Joules>> energy_of(const PowerModel& model,
                                                        const ProgramConfig& config,
                                                        const Interval& time);

/// "Energy is of the processor packages ... 20.0 W a node + 5.00 W a core in use ...", no full
/// stop.
[[nodiscard]] std::string describe(const PowerModel& model);

}  // namespace mpisize
