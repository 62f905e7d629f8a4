/// From facts and wishes to a plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/choose/plan.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/write/json.hpp"
#include "options.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// What a decision rests on, and the decision.
struct Decision {
  Machine machine;
  std::optional<KernelProfile> kernel;  ///< Empty with a plan from a file.
  PlanFile plan;
  int launched_ranks = 1;  ///< More than the plan uses if the program does not accept those few.
};

/// A plan for the program: from --plan, or from machine and profile, measured where they are not
/// given; samples read `input`.
[[nodiscard]] Decision decide(const ChildLine& child, const Facts& facts, const Planning& planning,
                              const Common& common, SpooledInput& input, const Talk& talk);

/// Chooses for the whole program, the launch of its ranks included; pure. Throws UsageError if the
/// wishes contradict each other, InfeasibleError if no rank count that the program accepts fits the
/// machine.
[[nodiscard]] Choice plan_for(const Machine& machine, const KernelProfile& kernel,
                              const Planning& planning);

/// What a rule about rank counts is expanded up to: the PUs granted, or fewer if limits say so.
[[nodiscard]] int most_ranks(const Planning& planning, const Machine& machine);

/// Rank counts to sample a program with: as many as there are PUs, or what the program accepts.
[[nodiscard]] std::vector<int> sampling_counts(const std::vector<int>& wanted,
                                               const std::optional<RankRule>& rule,
                                               const Topology& topology);

/// Throws InfeasibleError with the deciding reason.
void check_feasible(const Choice& choice);

}  // namespace mpisize::tools
