// Slots and counts: what mpirun refuses, or drops.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "mpisize/write/launch_lint_view.hpp"
#include "mpisize/write/layout_text.hpp"

namespace mpisize {
namespace {

/// Who says how many slots there are.
struct Room {
  std::string id;
  std::string source;  ///< "the hostfile", with what it gives.
  std::string repair;
  int slots = 1;
};

/// `--host a:2,b`: two and one; empty with "a:*".
std::optional<int> slots_of_hosts(const std::vector<std::string>& lists) {
  int total = 0;
  for (const std::string& list : lists) {
    std::istringstream hosts(list);
    for (std::string host; std::getline(hosts, host, ',');) {
      const auto colon = host.rfind(':');
      if (colon == std::string::npos) {
        ++total;
        continue;
      }
      int slots = 0;
      if (!(std::istringstream(host.substr(colon + 1)) >> slots) || slots < 1) return std::nullopt;
      total += slots;
    }
  }
  return total;
}

Room room_in_slurm(const LintView& view, int slots) {
  const int nodes = view.facts.topology.nodes;
  const int cpus = view.facts.slots.allocated.value_or(1);
  return {"slots-under-slurm-c",
          fmt::format("Slurm's tasks are {} for mpirun ({} on each node), whatever CPUs each task "
                      "has (sbatch -c)",
                      counted(std::int64_t{slots} * nodes, "slot"), slots),
          fmt::format("Ask for tasks instead (sbatch -n {}), or add --mca "
                      "ras_slurm_use_entire_allocation 1 to use all {} of a node; for threads "
                      "start a rank per task with --map-by slot:PE={}",
                      view.ranks.value_or(1), counted(cpus, "CPU"), std::max(1, cpus / slots)),
          slots * nodes};
}

bool is_slurm_job(const LintView& view) { return variable(view, "SLURM_JOBID").has_value(); }

bool uses_entire_allocation(const LintView& view) {
  const auto found = view.said.parameters.find("ras_slurm_use_entire_allocation");
  return found != view.said.parameters.end() && found->second != "0" && found->second != "false";
}

std::optional<Room> room_of(const LintView& view) {
  const auto& facts = view.facts;
  const std::string fewer = "Ask for fewer ranks, or add --oversubscribe";
  if (is_slurm_job(view)) {
    if (uses_entire_allocation(view) || !facts.slots.per_node) return std::nullopt;
    return room_in_slurm(view, *facts.slots.per_node);
  }
  if (!view.said.hostfiles.empty()) {
    if (!facts.hostfile_slots) return std::nullopt;
    return Room{"hostfile-slots",
                fmt::format("The hostfile {} has {}", view.said.hostfiles.back(),
                            counted(*facts.hostfile_slots, "slot")),
                "Raise its slots=N, or ask for fewer ranks", *facts.hostfile_slots};
  }
  if (!view.said.hosts.empty()) {
    const auto slots = slots_of_hosts(view.said.hosts);
    if (!slots) return std::nullopt;
    return Room{"host-slots",
                fmt::format("--host names {}, one for each time a host is named without \":N\"",
                            counted(*slots, "slot")),
                "Write --host NAME:N, or ask for fewer ranks", *slots};
  }
  if (!facts.slots.per_node || facts.topology.nodes > 1) return std::nullopt;
  return Room{"not-enough-slots",
              fmt::format("This host has {}, one for each core that is granted",
                          counted(*facts.slots.per_node, "slot")),
              fewer, *facts.slots.per_node};
}

int named_hosts(const std::vector<std::string>& lists) {
  std::vector<std::string> names;
  for (const std::string& list : lists) {
    std::istringstream hosts(list);
    for (std::string host; std::getline(hosts, host, ',');) {
      host.resize(std::min(host.size(), host.rfind(':')));
      if (std::find(names.begin(), names.end(), host) == names.end()) names.push_back(host);
    }
  }
  return static_cast<int>(names.size());
}

/// By --map-by ppr:N:node.
std::optional<int> mapped_per_node(const LintView& view) {
  const auto ppr = view.said.ranks_per_object();
  return ppr && ppr->object == "node" ? std::optional(ppr->ranks) : std::nullopt;
}

/// -np 4 -N 1 on two nodes.
void check_per_node(const LintView& view, std::vector<LaunchFinding>& findings) {
  const auto per_node = view.line.ranks_per_node ? view.line.ranks_per_node : mapped_per_node(view);
  if (!view.line.ranks || !per_node || !view.said.hostfiles.empty()) return;
  const int nodes =
      view.said.hosts.empty() ? view.facts.topology.nodes : named_hosts(view.said.hosts);
  if (*view.line.ranks <= *per_node * nodes) return;
  findings.push_back(
      {"np-exceeds-per-node",
       fmt::format("-np {} is more than {} on each of {}, and mpirun refuses that.",
                   *view.line.ranks, counted(*per_node, "rank"), counted(nodes, "node")),
       fmt::format("Leave one of the counts out, or write -np {}.", *per_node * nodes)});
}

void check_plan(const LintView& view, std::vector<LaunchFinding>& findings) {
  const Layout& plan = *view.facts.plan;
  if (view.line.ranks && *view.line.ranks != plan.ranks() && !view.facts.ranks_rule) {
    findings.push_back(
        {"np-contradicts-plan",
         fmt::format("-np {} is replaced: the plan starts {}.", *view.line.ranks,
                     counted(plan.ranks(), "rank")),
         fmt::format("Leave -np out, force it with mpisize run --ranks {}, or start the line as it "
                     "is with --as-given.",
                     *view.line.ranks)});
  }
  const auto mapped = mapped_per_node(view);
  if (mapped && *mapped * plan.nodes < plan.ranks()) {
    findings.push_back(
        {"ppr-contradicts-plan",
         fmt::format("--map-by ppr:{}:node allows {} on {}, fewer than the {} of the plan, and "
                     "mpirun refuses that.",
                     *mapped, counted(std::int64_t{*mapped} * plan.nodes, "rank"),
                     counted(plan.nodes, "node"), plan.ranks()),
         fmt::format("Leave --map-by out, or write ppr:{}:node.", plan.ranks_per_node())});
  }
  const auto per_node = view.line.ranks_per_node;
  if ((per_node && *per_node != plan.ranks_per_node()) || view.line.ranks_per_package) {
    findings.push_back({"per-node-contradicts-plan",
                        fmt::format("The count of ranks by {} is replaced: the plan starts {}.",
                                    per_node ? "node" : "package", counted(plan.ranks(), "rank")),
                        "Leave it out, or start the line as it is with --as-given."});
  }
}

}  // namespace

std::optional<std::string> variable(const LintView& view, const std::string& name) {
  const auto exported = view.said.variables.find(name);
  if (exported != view.said.variables.end() && exported->second) return exported->second;
  const auto found = view.facts.environment.find(name);
  if (found == view.facts.environment.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

void check_slots(const LintView& view, std::vector<LaunchFinding>& findings) {
  if (view.facts.sized) return;
  const auto room = room_of(view);
  if (room && view.ranks && *view.ranks > room->slots && !view.said.oversubscribe) {
    findings.push_back({room->id,
                        fmt::format("{}, fewer than the {} of -np, and mpirun refuses that (\"not "
                                    "enough slots\").",
                                    room->source, counted(*view.ranks, "rank")),
                        room->repair + "."});
    return;
  }
  if (view.per_node && *view.per_node > view.cores) {
    findings.push_back({"more-ranks-than-cores",
                        fmt::format("{} share {}, and a rank that waits takes time from one that "
                                    "computes.",
                                    counted(*view.per_node, "rank"), counted(view.cores, "core")),
                        fmt::format("Start {} on a node at most.", counted(view.cores, "rank"))});
  }
}

void check_counts(const LintView& view, std::vector<LaunchFinding>& findings) {
  if (view.facts.plan) check_plan(view, findings);
  if (!view.facts.sized) check_per_node(view, findings);
  if (view.facts.ranks_rule && view.line.ranks) {
    findings.push_back({"np-contradicts-ranks",
                        fmt::format("-np {} is none of the rank counts of --ranks {}.",
                                    *view.line.ranks, *view.facts.ranks_rule),
                        "Leave -np out, or add it to --ranks."});
  }
  for (const std::string& option : view.line.unknown) {
    findings.push_back(
        {"unknown-option",
         fmt::format("{} is no option that mpisize knows: it is kept, and '{}' is taken for the "
                     "program.",
                     option, view.line.program.front()),
         "If that is wrong, write -- before the program."});
  }
}

}  // namespace mpisize
