#include "program_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "errors.hpp"
#include "mpisize/choose/program_candidates.hpp"
#include "mpisize/choose/rank_kind.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/model/placement.hpp"
#include "mpisize/write/mpirun_said.hpp"
#include "mpisize/write/program_text.hpp"
#include "planning.hpp"

namespace mpisize::tools {
namespace fs = std::filesystem;

Program program_of(const ChildLine& child,
                   const std::optional<std::vector<std::string>>& arguments) {
  const auto& words = child.mpirun.program;
  Program program;
  program.path = fs::canonical(find_program(words.front())).string();
  program.arguments = arguments.value_or(std::vector<std::string>(words.begin() + 1, words.end()));
  program.directory = fs::current_path().string();
  program.hash = file_fingerprint(program.path);
  return program;
}

void check_wishes(const Planning& planning, const std::string& program) {
  const Limits usual;
  const std::pair<const char*, bool> wishes[] = {
      {"items", planning.items.has_value()},
      {"schedule", planning.forced.schedule.has_value()},
      {"chunk", planning.forced.chunk.has_value()},
      {"queued", planning.forced.queued.has_value()},
      {"group", planning.forced.group.has_value()},
      {"rack", planning.forced.rack.has_value()},
      {"root-computes", planning.forced.root_computes.has_value()},
      {"max-memory", planning.limits.max_memory.has_value()},
      {"min-speedup", planning.limits.min_speedup != usual.min_speedup}};
  for (const auto& [name, given] : wishes) {
    if (!given) continue;
    throw UsageError(fmt::format(
        "--{} is for programs linked with mpisize, and '{}' is not; leave "
        "it out{}",
        name, program, std::string(name) == "max-memory" ? ", or give --node-memory" : ""));
  }
}

AcceptedRanks ranks_accepted_by(const ProgramFile& program, const Machine& machine,
                                const Planning& planning) {
  AcceptedRanks accepted{accepted_counts(planning, machine), ""};
  if (program.failed.empty() || (planning.ranks && planning.ranks->forces())) return accepted;
  std::vector<int> ran;
  for (const ProgramRun& run : program.runs) ran.push_back(run.ranks);
  if (!planning.ranks) {
    if (auto kind = kind_of_ranks(ran, program.failed, most_ranks(planning, machine))) {
      accepted = {std::move(kind->counts), std::move(kind->words)};
    }
    return accepted;
  }
  std::vector<int> left = accepted.counts;
  const auto is_in = [](const std::vector<int>& all, int n) {
    return std::find(all.begin(), all.end(), n) != all.end();
  };
  std::erase_if(left, [&](int n) { return is_in(program.failed, n) && !is_in(ran, n); });
  if (!left.empty()) accepted.counts = std::move(left);
  return accepted;
}

ProgramRequest request_of(const ProgramFile& program, const Machine& machine,
                          const Planning& planning, const std::vector<double>& residuals) {
  check_wishes(planning, program.program.path);
  ProgramModelOptions options;
  options.scaling = planning.program.scaling;
  options.error.residuals = residuals;
  options.repetitions = program.repetitions;
  options.dealt = program.dealt;
  options.seed = planning.seed;
  ProgramRequest request;
  request.model = fit_program(program.runs, machine, options);
  request.rank_counts = ranks_accepted_by(program, machine, planning).counts;
  request.threads = program.threads;
  request.goal = planning.program.goal;
  request.limits = planning.program.limits;
  request.limits.max_ranks = planning.limits.max_ranks;
  request.limits.deadline = planning.limits.deadline;
  request.rates = planning.program.rates;
  if (planning.ranks && planning.ranks->forces()) request.ranks = request.rank_counts.front();
  request.threads_per_rank = planning.program.threads;
  return request;
}

ProgramDecision decide(const ProgramFile& program, const Machine& machine, const Planning& planning,
                       const std::vector<double>& residuals, const Common& common) {
  ProgramDecision decision;
  decision.request = request_of(program, machine, planning, residuals);
  try {
    decision.choice = choose_program(decision.request);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  if (common.explain || common.json) {
    decision.candidates = program_candidates(decision.request);
    decision.held_out = held_out(program.runs, machine, decision.request.model.options);
  }
  return decision;
}

std::string to_json(const ProgramDecision& decision) {
  return to_json(decision.choice, decision.candidates, decision.held_out);
}

std::string describe(const ProgramDecision& decision, bool explained) {
  std::string text = describe(decision.choice);
  if (!explained) return text;
  return text + explain(decision.choice) + explain(decision.request.model) +
         describe_held_out(decision.held_out);
}

void check_feasible(const ProgramChoice& choice) {
  if (choice.verdict != Verdict::infeasible) return;
  throw_infeasible(choice.binding_limit, choice.reasons);
}

ToLaunch launch_of(const ProgramConfig& config, const Machine& machine, bool threaded) {
  ToLaunch launch;
  launch.layout.nodes = config.nodes;
  launch.layout.rank_count = config.ranks;
  launch.layout.threads_per_rank = config.threads;
  launch.topology = machine.topology;
  launch.threaded = threaded;
  if (!machine.hosts.empty()) {
    launch.placement = fill(placement_of(machine.hosts), config.nodes, config.ranks);
  }
  return launch;
}

bool deals_ranks(const ChildLine& child) {
  const auto policies = what_is_said(child.mpirun.options).map_by;
  return !policies.empty() && policies.back().rfind("node", 0) == 0;
}

ProgramConfig config_on(const Machine& machine, int ranks, int threads, bool dealt) {
  const Topology& topology = machine.topology;
  const int nodes = nodes_for(topology, ranks, threads, dealt);
  return {ranks, std::min(std::max(1, topology.nodes), nodes), threads};
}

int granted_cores(const Machine& machine) {
  const Topology& topology = machine.topology;
  return std::max(1, topology.nodes) * std::max(1, topology.grant.cores);
}

}  // namespace mpisize::tools
