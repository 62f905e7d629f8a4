#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "errors.hpp"
#include "machine_facts.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/report.hpp"
#include "plan_json.hpp"
#include "planning.hpp"
#include "print.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

Machine machine_of(const PlanOptions& options) {
  if (options.machine) {
    Machine machine = read_machine(*options.machine);
    if (options.common.topology) {
      machine.topology = described_machine(*options.common.topology).topology;
    }
    return machine;
  }
  if (options.common.topology) return described_machine(*options.common.topology);
  if (auto machine = machine_in_cache()) return *machine;
  throw UsageError(
      "--machine is missing, and no machine is cached; measure it with: mpisize probe -o "
      "machine.json, or "
      "describe it with --topology");
}

/// Every rank count that the rule allows, planned by itself.
std::string table_over_ranks(const Machine& machine, const KernelProfile& kernel,
                             const PlanOptions& options) {
  const auto& rule = options.planning.ranks;
  if (!rule || rule->forces()) return "";
  const Topology& t = machine.topology;
  const int most = std::min(options.planning.limits.max_ranks.value_or(1 << 30),
                            t.nodes * std::max(1, t.grant.pus));
  std::string text =
      "  by number of ranks:\n    ranks       time  speed-up  efficiency  limited by\n";
  for (const int ranks : rule->counts(most)) {
    Planning planning = options.planning;
    planning.ranks = RankRule::read("--ranks", std::to_string(ranks));
    const Choice choice = plan_for(machine, kernel, planning);
    if (choice.plan.verdict == Verdict::infeasible) continue;
    const Prediction& p = choice.predicted;
    text += fmt::format("    {:>5} {:>10} {:>9.2f} {:>9.0f} %  {}\n", ranks, human(p.total.value),
                        p.speedup, 100 * p.efficiency, p.limited_by);
  }
  return text;
}

}  // namespace

int command(const PlanOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  const Machine machine = machine_of(options);
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
  }
  if (options.common.json) {
    print(to_json(plan, extras));
  } else {
    print(describe(plan.choice, options.common.explain) +
          (extras.program ? describe(*extras.program) : "") +
          (options.common.explain ? table_over_ranks(machine, kernel, options) : ""));
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
