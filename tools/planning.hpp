/// From facts and wishes to a plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "child_line.hpp"
#include "mpisize/choose/partition_choice.hpp"
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
  std::optional<PartitionChoice> partitions;  ///< Of a cluster, whose nodes the machine is.
  int launched_ranks = 1;  ///< More than the plan uses if the program does not accept those few.
};

/// Machine and profile alone, measured where they are not given; samples read `input`.
[[nodiscard]] Decision facts_for(const ChildLine& child, const Facts& facts,
                                 const Planning& planning, const Common& common,
                                 SpooledInput& input, const Talk& talk);

/// A plan for the program: from --plan, or from machine and profile, measured where they are not
/// given; samples read `input`.
[[nodiscard]] Decision decide(const ChildLine& child, const Facts& facts, const Planning& planning,
                              const Common& common, SpooledInput& input, const Talk& talk);

/// Chooses for the whole program, the launch of its ranks included; pure. Throws UsageError if the
/// wishes contradict each other, InfeasibleError if no rank count that the program accepts fits the
/// machine.
[[nodiscard]] Choice plan_for(const Machine& machine, const KernelProfile& kernel,
                              const Planning& planning);

/// As few ranks as the program accepts, but not fewer than the plan uses.
[[nodiscard]] int launched_ranks(const Plan& plan, const Planning& planning,
                                 const Machine& machine);

/// What a rule about rank counts is expanded up to: the PUs granted, or fewer if limits say so.
[[nodiscard]] int most_ranks(const Planning& planning, const Machine& machine);

/// Rank counts to sample a program with: as many as there are PUs, or what the program accepts.
[[nodiscard]] std::vector<int> sampling_counts(const std::vector<int>& wanted,
                                               const std::optional<RankRule>& rule,
                                               const Topology& topology);

/// Rank counts that may be planned: of --ranks, up to what machine and limits allow; empty: any.
/// Throws InfeasibleError if the rule names none of those.
[[nodiscard]] std::vector<int> accepted_counts(const Planning& planning, const Machine& machine);

/// Throws InfeasibleError with the deciding reason.
void check_feasible(const Choice& choice);

/// The same of any plan, by its limit and reasons.
[[noreturn]] void throw_infeasible(const std::optional<std::string>& limit,
                                   const std::vector<std::string>& reasons);

}  // namespace mpisize::tools
