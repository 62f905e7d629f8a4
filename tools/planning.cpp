#include "planning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "errors.hpp"
#include "host_list.hpp"
#include "machine_facts.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/choose/placing.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "sampling.hpp"

namespace mpisize::tools {
namespace {

int granted_pus(const Machine& machine) {
  Request request;
  request.machine = machine;
  const Placement placement = placement_of(request);
  if (!placement.nodes.empty()) return rank_count(room_of(placement));
  const Topology& topology = machine.topology;
  return std::max(1, topology.nodes) * std::max(1, topology.grant.pus);
}

/// Of several hosts this one samples, else the one that the root would be on: others may be down.
std::optional<PlacedNode> sampling_host(const std::vector<Host>& hosts) {
  const Placement placement = placement_of(hosts);
  if (placement.nodes.empty()) return std::nullopt;
  const auto here =
      std::find_if(placement.nodes.begin(), placement.nodes.end(),
                   [](const PlacedNode& node) { return is_same_host(node.host, host_name()); });
  return here == placement.nodes.end() ? placement.nodes.front() : *here;
}

KernelProfile kernel_for(const ChildLine& child, const Facts& facts, const Planning& planning,
                         const std::vector<Host>& hosts, SpooledInput& input, const Talk& talk) {
  if (facts.kernel) return kernel_profile_from_json(read_file(*facts.kernel), *facts.kernel);
  const Topology here = read_topology();
  const auto counts = sampling_counts(facts.sample_ranks, planning.ranks, here);
  const int most = *std::max_element(counts.begin(), counts.end());
  const auto host = sampling_host(hosts);
  if (!host || names_hosts(child)) return sample({child, counts, facts.name, here}, input, talk);
  ChildLine there = child;
  there.mpirun.options.insert(there.mpirun.options.end(),
                              {"--host", host_slots({host->host}, most)});
  KernelProfile kernel = sample({there, counts, facts.name, here}, input, talk);
  // As on a host of median speed.
  for (ItemSample& s : kernel.samples) s.time = s.time * host->speed;
  return kernel;
}

/// What starting a rank or a node costs. A cost that is only assumed must not decide: its low end
/// is taken.
Seconds surely(const Estimate<Seconds>& cost) {
  return cost.source == Source::assumed ? cost.low : cost.value;
}
Seconds start_of(const Launch& launch, const Layout& layout) {
  return surely(launch.per_rank) * layout.ranks() + surely(launch.per_node) * layout.nodes;
}

Choice chosen(const Request& request) {
  try {
    return choose(request);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

/// Fewer ranks where starting more of them costs more than they save: the choice, and those of a
/// half, a quarter ... of its ranks, by the time of the whole program.
Choice weighed_with_launch(Request request, Choice best) {
  const auto whole = [&](const Choice& c) {
    return c.predicted.total.value + start_of(request.machine.launch, c.plan.layout);
  };
  if (best.plan.verdict != Verdict::parallel || request.forced.ranks) return best;
  const int most = best.plan.layout.ranks();
  const Seconds first = whole(best);
  for (int ranks = most / 2; ranks >= 1; ranks /= 2) {
    const auto& accepted = request.rank_counts;
    if (!accepted.empty() && ranks > 1 && ranks < accepted.front()) continue;
    Request fewer = request;
    fewer.up_to = ranks;
    Choice choice = chosen(fewer);
    if (choice.plan.verdict == Verdict::infeasible || whole(choice) >= whole(best)) continue;
    best = std::move(choice);
  }
  const int left = best.plan.layout.ranks();
  if (left == most) return best;
  const Launch& launch = request.machine.launch;
  std::string costs = fmt::format("{} of launch a rank", human(surely(launch.per_rank)));
  if (surely(launch.per_node) > Seconds(0)) {
    costs += fmt::format(" and {} a node", human(surely(launch.per_node)));
  }
  best.plan.reasons.insert(
      best.plan.reasons.begin(),
      fmt::format("{} rank{} instead of {}: starting the others takes longer than they save ({}; "
                  "the whole program {} sooner).",
                  left, left == 1 ? "" : "s", most, costs, human(first - whole(best))));
  return best;
}

}  // namespace

int launched_ranks(const Plan& plan, const Planning& planning, const Machine& machine) {
  const int planned = plan.layout.ranks();
  if (!planning.ranks) return planned;
  return planning.ranks->next(planned, std::max(planned, granted_pus(machine))).value_or(planned);
}

int most_ranks(const Planning& planning, const Machine& machine) {
  const int pus = granted_pus(machine);
  return planning.limits.max_ranks ? std::min(*planning.limits.max_ranks, pus) : pus;
}

std::vector<int> sampling_counts(const std::vector<int>& wanted,
                                 const std::optional<RankRule>& rule, const Topology& topology) {
  if (!wanted.empty()) return wanted;
  const int pus =
      std::max(1, std::min(topology.grant.pus, static_cast<int>(std::ceil(topology.grant.cpus))));
  if (!rule) return {pus};
  // The most that have a PU each; else the fewest that the program accepts.
  constexpr int far = 1 << 16;
  if (const auto most = rule->previous(pus)) return {*most};
  return {rule->next(1, std::max(far, pus)).value_or(pus)};
}

std::vector<int> accepted_counts(const Planning& planning, const Machine& machine) {
  if (!planning.ranks) return {};
  const int most = most_ranks(planning, machine);
  auto counts = planning.ranks->counts(most);
  if (counts.empty()) {
    throw InfeasibleError(
        fmt::format("--ranks '{}' names no rank count up to {}, which is what machine and limits "
                    "allow; name one that fits, or a number to force it",
                    planning.ranks->text(), most));
  }
  return counts;
}

Choice plan_for(const Machine& machine, const KernelProfile& kernel, const Planning& planning) {
  Request request;
  request.machine = machine;
  request.kernel = kernel;
  request.kind = kernel.kind;
  request.items = planning.items.value_or(kernel.items);
  request.limits = planning.limits;
  request.forced = planning.forced;
  request.seed = planning.seed;
  const auto counts = accepted_counts(planning, machine);
  if (planning.ranks && planning.ranks->forces()) {
    request.forced.ranks = counts.front();
  } else {
    request.rank_counts = counts;
  }
  return weighed_with_launch(request, chosen(request));
}

void throw_infeasible(const std::optional<std::string>& limit,
                      const std::vector<std::string>& reasons) {
  std::string sentence = "no plan meets the limits";
  if (limit) sentence += fmt::format(" ({})", *limit);
  // A reason holds the repair.
  sentence += ": " + (reasons.empty() ? "loosen them" : reasons.front());
  while (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
  throw InfeasibleError(sentence);
}

void check_feasible(const Choice& choice) {
  if (choice.plan.verdict != Verdict::infeasible) return;
  throw_infeasible(choice.plan.binding_limit, choice.plan.reasons);
}

Decision facts_for(const ChildLine& child, const Facts& facts, const Planning& planning,
                   const Common& common, SpooledInput& input, const Talk& talk) {
  Decision decision;
  decision.machine = machine_for(facts.machine, common.topology, talk);
  decision.kernel = kernel_for(child, facts, planning, decision.machine.hosts, input, talk);
  decision.plan.name = facts.name.empty() ? decision.kernel->name : facts.name;
  return decision;
}

Decision decide(const ChildLine& child, const Facts& facts, const Planning& planning,
                const Common& common, SpooledInput& input, const Talk& talk) {
  Decision decision;
  if (facts.plan) {
    decision.plan = plan_from_json(read_file(*facts.plan), *facts.plan);
    check_feasible(decision.plan.choice);
    auto machine = machine_in_cache();
    if (!machine) machine.emplace().topology = read_topology();
    decision.machine = *std::move(machine);
    decision.launched_ranks = decision.plan.choice.plan.layout.ranks();
    return decision;
  }
  decision = facts_for(child, facts, planning, common, input, talk);
  decision.plan.choice = plan_for(decision.machine, *decision.kernel, planning);
  decision.launched_ranks = launched_ranks(decision.plan.choice.plan, planning, decision.machine);
  return decision;
}

}  // namespace mpisize::tools
