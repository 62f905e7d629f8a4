#include "mpisize/write/launch_lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "mpisize/write/launch_lint_view.hpp"
#include "mpisize/write/thread_settings.hpp"

namespace mpisize {
namespace {

std::optional<int> leading_count(const std::string& text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc{} && count > 0 ? std::optional(count) : std::nullopt;
}

std::optional<int> threads_of(const MpirunLine& line, const LaunchFacts& facts) {
  for (const auto& [name, value] : own_thread_settings(line.options, facts.environment)) {
    // "4,2" is 4 for the outer level.
    if (name == "OMP_NUM_THREADS") return leading_count(value);
  }
  if (facts.plan) return facts.plan->threads_per_rank;
  return std::nullopt;
}

/// Ranks on the fullest node, where the line or the plan tells.
std::optional<int> ranks_per_node(const MpirunLine& line, const LaunchFacts& facts,
                                  const MpirunSaid& said) {
  if (facts.plan) return facts.plan->ranks_per_node();
  if (facts.sized) return std::nullopt;
  if (line.ranks_per_node) return line.ranks_per_node;
  if (const auto ppr = said.ranks_per_object()) {
    if (ppr->object == "node") return ppr->ranks;
    if (ppr->object == "socket" || ppr->object == "package") {
      return ppr->ranks * facts.topology.node.packages;
    }
  }
  if (line.ranks_per_package) return *line.ranks_per_package * facts.topology.node.packages;
  const bool elsewhere = !said.hosts.empty() || !said.hostfiles.empty();
  if (elsewhere) return std::nullopt;
  if (!line.ranks || facts.topology.nodes == 1)
    return line.ranks ? line.ranks : facts.slots.per_node;
  const int even = (*line.ranks + facts.topology.nodes - 1) / facts.topology.nodes;
  return std::max(even, std::min(*line.ranks, facts.slots.per_node.value_or(even)));
}

LintView view_of(const MpirunLine& line, const LaunchFacts& facts) {
  LintView view{
      line, facts, what_is_said(line.options, facts.environment), what_is_said(line.options), {},
      {},   {}};
  if (!facts.sized) view.ranks = line.ranks;
  if (facts.plan) view.ranks = facts.plan->ranks();
  view.per_node = ranks_per_node(line, facts, view.said);
  view.threads = threads_of(line, facts);
  const Grant& grant = facts.topology.grant;
  view.cores = view.said.hardware_threads ? grant.pus : grant.cores;
  return view;
}

bool has(const Variables& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found != environment.end() && !found->second.empty();
}

}  // namespace

std::optional<int> slots_of_hostfile(const std::string& text) {
  std::istringstream lines(text);
  int total = 0;
  bool any = false;
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.size(), line.find('#')));
    std::istringstream words(line);
    std::string word;
    if (!(words >> word)) continue;
    std::optional<int> slots;
    constexpr std::string_view key = "slots=";
    while (words >> word) {
      if (word.rfind(key, 0) == 0) slots = leading_count(word.substr(key.size()));
    }
    if (!slots) return std::nullopt;
    total += *slots;
    any = true;
  }
  return any ? std::optional(total) : std::nullopt;
}

std::vector<LaunchFinding> lint_environment(const Variables& environment) {
  std::vector<LaunchFinding> findings;
  if (has(environment, "PBS_JOBID") || has(environment, "PBS_NODEFILE")) {
    findings.push_back(
        {"hosts-from-pbs",
         "This is a PBS job: hosts and slots come from mpirun itself, which asks PBS, and mpisize "
         "counts the cores of this host only.",
         "If mpirun was built without PBS (ompi_info shows no ras tm), add --hostfile "
         "$PBS_NODEFILE."});
  }
  if (has(environment, "LSB_JOBID")) {
    findings.push_back(
        {"hosts-from-lsf",
         "This is an LSF job: hosts and slots come from mpirun itself, which asks LSF, and mpisize "
         "counts the cores of this host only.",
         "If mpirun was built without LSF (ompi_info shows no ras lsf), add --hostfile "
         "$LSB_DJOB_HOSTFILE."});
  }
  return findings;
}

std::vector<LaunchFinding> lint_launch(const MpirunLine& line, const LaunchFacts& facts) {
  const LintView view = view_of(line, facts);
  std::vector<LaunchFinding> findings;
  check_slots(view, findings);
  check_counts(view, findings);
  check_binding(view, findings);
  check_threads(view, findings);
  const auto scheduler = lint_environment(facts.environment);
  findings.insert(findings.end(), scheduler.begin(), scheduler.end());
  return findings;
}

}  // namespace mpisize
