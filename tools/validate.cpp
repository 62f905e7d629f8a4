#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "commands.hpp"
#include "errors.hpp"
#include "machine_facts.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/side_by_side_text.hpp"
#include "print.hpp"
#include "program_request.hpp"
#include "program_sampling.hpp"
#include "side_by_side.hpp"

namespace mpisize::tools {
namespace {

InputError is_linked(const ChildLine& child, std::string_view command) {
  return InputError(
      fmt::format("'{}' is linked with mpisize, and mpisize {} is for programs that "
                  "are not; its own report compares prediction and measurement",
                  child.mpirun.program.front(), command));
}

void check_whole_program(ChildLine& child, std::string_view command) {
  check_can_be_sized(child);
  check_can_start(child);
  child.linkage = linkage_of(child);
  if (child.linkage == Linkage::linked) throw is_linked(child, command);
}

/// The chosen plan, then the next best ones by the prediction.
std::vector<ProgramCandidate> best_of(const ProgramDecision& decision, std::size_t most) {
  std::vector<ProgramCandidate> candidates = program_candidates(decision.request);
  std::erase_if(candidates, [&](const ProgramCandidate& c) {
    return c.predicted.refusal || c.predicted.config == decision.choice.chosen.predicted.config;
  });
  std::stable_sort(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
    return objective(decision.request, a) < objective(decision.request, b);
  });
  candidates.insert(candidates.begin(), decision.choice.chosen);
  if (candidates.size() > most) candidates.resize(most);
  return candidates;
}

void answer(const std::vector<PlanRuns>& plans, const Common& common) {
  print(common.json ? side_by_side_json(plans) : describe_side_by_side(plans));
}

}  // namespace

int command(const ValidateOptions& options, const Talk& talk) {
  ChildLine child = read_child(options.child);
  check_whole_program(child, "validate");
  check_wishes(options.planning, child.mpirun.program.front());
  const Machine machine = machine_for(options.facts.machine, options.common.topology, talk);
  SpooledInput input;
  const auto file = program_runs(options.facts, options.planning, child, machine, input, talk);
  if (!file) throw is_linked(child, "validate");
  const ProgramDecision decision = decide(*file, machine, options.planning, {}, options.common);
  check_feasible(decision.choice);
  SideBySide wanted;
  wanted.child = child;
  wanted.machine = machine;
  wanted.rounds = options.rounds;
  wanted.threaded = file->threads.size() > 1;
  std::vector<PlanRuns> plans;
  for (const ProgramCandidate& c : best_of(decision, options.plans)) {
    PlanRuns plan;
    plan.config = c.predicted.config;
    if (!c.predicted.per_repetition) plan.predicted = c.predicted.total;
    wanted.configs.push_back(plan.config);
    plans.push_back(plan);
  }
  const auto times = run_side_by_side(wanted, input, talk);
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i].times = times[i];
  answer(plans, options.common);
  return 0;
}

int command(const CompareOptions& options, const Talk& talk) {
  ChildLine child = read_child(options.child);
  check_whole_program(child, "compare");
  SideBySide wanted;
  wanted.child = child;
  wanted.machine = machine_for(options.machine, options.common.topology, talk);
  wanted.rounds = options.rounds;
  for (const auto& [ranks, threads] : options.plans) {
    wanted.threaded = wanted.threaded || threads > 1;
    wanted.configs.push_back(config_on(wanted.machine, ranks, threads, deals_ranks(child)));
  }
  SpooledInput input;
  const auto times = run_side_by_side(wanted, input, talk);
  std::vector<PlanRuns> plans;
  for (std::size_t i = 0; i < times.size(); ++i) {
    plans.push_back({wanted.configs[i], std::nullopt, times[i]});
  }
  answer(plans, options.common);
  return 0;
}

}  // namespace mpisize::tools
