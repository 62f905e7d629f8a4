/// How a program is to be started, as people read it.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/program_plan.hpp"
#include "mpisize/model/scaling_baselines.hpp"

namespace mpisize {

/// Verdict in one line, the Pareto front as a table, the first reason; ended.
[[nodiscard]] std::string describe(const ProgramChoice& choice);

/// A line for each candidate, under its heading: ranks, threads, nodes, time with its 90 %
/// interval, speed-up, efficiency, core-hours, and cost, energy and memory of a node where they are
/// known. An arrow marks `chosen`.
[[nodiscard]] std::string describe_front(const std::vector<ProgramCandidate>& front,
                                         const ProgramConfig& chosen);

/// Every reason, the runner-up and what would change the choice; ended.
[[nodiscard]] std::string explain(const ProgramChoice& choice);

/// What is called, how that grows, and the laws of each part of the time with their weights.
[[nodiscard]] std::string explain(const ProgramModel& model);

/// A line for each run, under its heading: ranks, threads, nodes, time (of one repetition where it
/// was cut off), where it went, and the largest rank's memory.
[[nodiscard]] std::string describe_runs(const std::vector<ProgramRun>& runs);

/// A line for each rank count left out of the fit: what each model then said of it, and the median
/// of the absolute errors below. Empty for an empty table.
[[nodiscard]] std::string describe_held_out(const std::vector<HeldOut>& table);

}  // namespace mpisize
