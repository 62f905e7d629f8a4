#include "launch_check.hpp"

#include <fmt/format.h>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/grant.hpp"
#include "mpisize/write/mpirun_said.hpp"
#include "slots.hpp"

namespace mpisize::tools {
namespace {

std::optional<int> hostfile_slots(const ChildLine& child, const Environment& environment) {
  const auto files = what_is_said(child.mpirun.options, environment).hostfiles;
  if (files.empty()) return std::nullopt;
  try {
    return slots_of_hostfile(read_file(files.back()));
  } catch (const InputError&) {
    return std::nullopt;  // mpirun says what is wrong with it
  }
}

}  // namespace

std::vector<LaunchFinding> check_launch(const ChildLine& child, const Topology& topology,
                                        const std::optional<Sizing>& sizing) {
  if (!child.wrapped) return {};
  LaunchFacts facts;
  facts.environment = current_environment();
  if (child.mpirun.program.empty()) return lint_environment(facts.environment);
  facts.topology = topology;
  facts.slots = slots_of(topology, facts.environment);
  facts.hostfile_slots = hostfile_slots(child, facts.environment);
  if (sizing) {
    facts.sized = true;
    facts.plan = sizing->plan;
    const auto np = child.mpirun.ranks;
    if (np && sizing->ranks && sizing->ranks->next(*np, *np) != np) {
      facts.ranks_rule = sizing->ranks->text();
    }
  }
  return lint_launch(child.mpirun, facts);
}

void say_findings(const std::vector<LaunchFinding>& findings, const Talk& talk) {
  for (const LaunchFinding& finding : findings) {
    warn(talk, fmt::format("{} {} [{}]", finding.why, finding.repair, finding.id));
  }
}

}  // namespace mpisize::tools
