#include "commands.hpp"
#include "errors.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/partition_text.hpp"
#include "mpisize/write/report.hpp"
#include "mpisize/write/scaling_table.hpp"
#include "partition_planning.hpp"
#include "plan_json.hpp"
#include "planning.hpp"
#include "plot.hpp"
#include "print.hpp"
#include "program_request.hpp"
#include "scaling.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

/// Where --explain, --json or --plot ask for it; the plan itself has its place among them.
std::vector<Choice> over_ranks(const PlanOptions& options, const Machine& machine,
                               const KernelProfile& kernel, const Choice& chosen) {
  const bool told = options.common.explain || options.common.json;
  if (!options.plot && !(told && names_several(options.planning))) return {};
  return plans_around(chosen, machine, kernel, options.planning);
}

/// What --explain says beside the plan: on what it rests, and other rank counts.
std::string explanation(const PlanOptions& options, const Machine& machine,
                        const std::vector<Choice>& by_ranks) {
  if (!options.common.explain) return "";
  return describe(machine) + (names_several(options.planning) ? describe_scaling(by_ranks) : "");
}

/// Of a whole program, from its runs.
int plan_program(const PlanOptions& options, const Machine& machine, const Talk& talk) {
  const ProgramFile program = program_file_from_json(read_file(*options.program), *options.program);
  const ProgramDecision decision = decide(program, machine, options.planning, {}, options.common);
  const std::string json = to_json(decision);
  if (options.output) write_file(*options.output, json);
  if (options.plot && decision.choice.verdict != Verdict::infeasible) {
    draw(*options.plot, program, decision);
  }
  print(options.common.json ? json : describe(decision, options.common.explain));
  try {
    check_feasible(decision.choice);
  } catch (const InfeasibleError& error) {
    say_error(talk, error.what());
    return exit_code_of(error, ExitCodes::of_others);
  }
  return 0;
}

/// What goes where errors go, besides the plan itself, which is the answer.
int told_infeasible(const PartitionChoice& partitions, const Talk& talk) {
  try {
    check_feasible(partitions);
  } catch (const InfeasibleError& error) {
    say_error(talk, error.what());
    return exit_code_of(error, ExitCodes::of_others);
  }
  return 0;
}

/// Links and costs of nodes that nobody measured are assumed.
Machine machine_for_cluster(const PlanOptions& options) {
  if (const auto machine = named_machine(options.machine, std::nullopt)) return *machine;
  if (const auto machine = machine_in_cache()) return *machine;
  return {};
}

int place_program(const PlanOptions& options, const Machine& machine, const Talk& talk) {
  const ProgramFile program = program_file_from_json(read_file(*options.program), *options.program);
  const PlacedProgram placed =
      place_program(machine, program, options.planning, options.cluster, options.common, talk);
  const std::string json = with_partitions(to_json(placed.decision), placed.partitions);
  if (options.output) write_file(*options.output, json);
  print(options.common.json ? json
                            : describe(placed.partitions, options.common.explain) +
                                  describe(placed.decision, options.common.explain));
  return told_infeasible(placed.partitions, talk);
}

int place_call(const PlanOptions& options, const Machine& machine, const Talk& talk) {
  const KernelProfile kernel = kernel_profile_from_json(read_file(options.kernel), options.kernel);
  const PlacedCall placed = place_call(machine, kernel, options.planning, options.cluster, talk);
  PlanFile plan;
  plan.name = kernel.name;
  plan.choice = placed.choice;
  PlanExtras extras;
  if (plan.choice.plan.verdict != Verdict::infeasible) {
    extras.program =
        whole_program(placed.machine, kernel.before_call, plan.choice, placed.launched_ranks);
  }
  if (options.output && placed.partitions.chosen) write_file(*options.output, to_json(plan));
  if (options.common.json) {
    print(with_partitions(to_json(plan, extras), placed.partitions));
  } else {
    print(describe(placed.partitions, options.common.explain) +
          describe(plan.choice, options.common.explain) +
          (extras.program ? describe(*extras.program) : "") +
          (options.common.explain ? describe(placed.machine) : ""));
  }
  return told_infeasible(placed.partitions, talk);
}

int place(const PlanOptions& options, const Talk& talk) {
  if (options.plot) {
    throw UsageError("--plot draws plans on one machine, and --cluster has several; leave it out");
  }
  const Machine machine = machine_for_cluster(options);
  return options.program ? place_program(options, machine, talk)
                         : place_call(options, machine, talk);
}

}  // namespace

int command(const PlanOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  if (options.plot) check_writable(*options.plot);
  if (options.cluster.choose) return place(options, talk);
  const Machine machine = known_machine(options.machine, options.common.topology);
  if (options.program) return plan_program(options, machine, talk);
  const KernelProfile kernel = kernel_profile_from_json(read_file(options.kernel), options.kernel);
  PlanFile plan;
  plan.name = kernel.name;
  plan.choice = plan_for(machine, kernel, options.planning);
  const bool infeasible = plan.choice.plan.verdict == Verdict::infeasible;
  PlanExtras extras;
  if (!infeasible) {
    extras.program =
        whole_program(machine, kernel.before_call, plan.choice, plan.choice.plan.layout.ranks());
    if (options.output) write_file(*options.output, to_json(plan));
    extras.by_ranks = over_ranks(options, machine, kernel, plan.choice);
    if (options.plot) draw(*options.plot, machine, kernel, plan.choice, extras.by_ranks);
  }
  if (options.common.json) {
    print(to_json(plan, extras));
  } else {
    print(describe(plan.choice, options.common.explain) +
          (extras.program ? describe(*extras.program) : "") +
          explanation(options, machine, extras.by_ranks));
  }
  if (!infeasible) return 0;
  // The plan itself is the answer; the sentence goes where errors go.
  try {
    check_feasible(plan.choice);
  } catch (const InfeasibleError& error) {
    say_error(talk, error.what());
    return exit_code_of(error, ExitCodes::of_others);
  }
  return 0;
}

}  // namespace mpisize::tools
