#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "commands.hpp"
#include "errors.hpp"
#include "linkage.hpp"
#include "machine_facts.hpp"
#include "mpisize/choose/program_candidates.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/side_by_side_text.hpp"
#include "print.hpp"
#include "program_request.hpp"
#include "program_sampling.hpp"
#include "side_by_side.hpp"

namespace mpisize::tools {
namespace {

void check_whole_program(const ChildLine& child, std::string_view command) {
  check_can_be_sized(child);
  check_can_start(child);
  const std::string& program = child.mpirun.program.front();
  if (linkage_of(program) == Linkage::linked) {
    throw InputError(
        fmt::format("'{}' is linked with mpisize, and mpisize {} is for programs that "
                    "are not; its own report compares prediction and measurement",
                    program, command));
  }
}

Machine machine_for(const std::optional<std::string>& file, const Common& common,
                    const Talk& talk) {
  const auto named = named_machine(file, common.topology);
  return named ? *named : machine_here(talk);
}

ProgramFile runs_of(const ValidateOptions& options, const ChildLine& child, const Machine& machine,
                    SpooledInput& input, const Talk& talk) {
  if (options.facts.program) {
    return program_file_from_json(read_file(*options.facts.program), *options.facts.program);
  }
  ProgramSampling sampling;
  sampling.child = child;
  sampling.rules = options.facts.samples;
  sampling.wanted = options.facts.sample_ranks;
  sampling.planning = options.planning;
  sampling.machine = machine;
  SampledProgram sampled = sample_program(sampling, input, talk);
  for (const std::string& finding : sampled.findings) warn(talk, finding);
  if (!sampled.calls_mpi || sampled.calls_mpisize) {
    throw InputError(fmt::format(
        "'{}' {}; give a program whose runs can be sized as a whole", child.mpirun.program.front(),
        sampled.calls_mpi ? "is linked with mpisize" : "never calls MPI_Init"));
  }
  return sampled.file;
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

int command(const ValidateOptions& options, const Talk& talk) try {
  const ChildLine child = read_child(options.child);
  check_whole_program(child, "validate");
  check_wishes(options.planning, child.mpirun.program.front());
  const Machine machine = machine_for(options.facts.machine, options.common, talk);
  SpooledInput input;
  const ProgramFile file = runs_of(options, child, machine, input, talk);
  const ProgramDecision decision = decide(file, machine, options.planning, {}, options.common);
  check_feasible(decision.choice);
  SideBySide wanted;
  wanted.child = child;
  wanted.machine = machine;
  wanted.rounds = options.rounds;
  wanted.threaded = file.threads.size() > 1;
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
} catch (const SamplesFailed& failed) {
  if (!failed.words().empty()) say(talk, failed.words() + "\n");
  throw InputError(failed.what());
}

int command(const CompareOptions& options, const Talk& talk) {
  const ChildLine child = read_child(options.child);
  check_whole_program(child, "compare");
  SideBySide wanted;
  wanted.child = child;
  wanted.machine = machine_for(options.machine, options.common, talk);
  wanted.rounds = options.rounds;
  const Topology& topology = wanted.machine.topology;
  const int nodes = std::max(1, topology.nodes);
  for (const auto& [ranks, threads] : options.plans) {
    wanted.threaded = wanted.threaded || threads > 1;
    const int least = nodes_for(topology, ranks, threads, deals_ranks(child));
    wanted.configs.push_back({ranks, std::min(nodes, least), threads});
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
