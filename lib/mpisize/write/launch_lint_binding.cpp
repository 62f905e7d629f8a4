// Cores and threads: ranks and threads that get in each other's way.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "mpisize/write/launch_lint_view.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/thread_settings.hpp"

namespace mpisize {
namespace {

/// "core" of "core:overload-allowed".
std::string policy_name(const std::string& policy) { return policy.substr(0, policy.find(':')); }

bool is_bound_to(const LintView& view, std::string_view name) {
  return !view.said.bind_to.empty() && policy_name(view.said.bind_to.back()) == name;
}

void check_twice(const std::vector<std::string>& policies, const std::string& option,
                 const std::string& id, std::vector<LaunchFinding>& findings) {
  if (std::set<std::string>(policies.begin(), policies.end()).size() < 2) return;
  findings.push_back({id,
                      fmt::format("{} is given as {}, of which mpirun takes the last and forgets "
                                  "the others with all their modifiers.",
                                  option, fmt::join(policies, ", ")),
                      fmt::format("Keep one {}.", option)});
}

/// --bind-to beside PE=.
void check_cores_per_rank(const LintView& view, std::vector<LaunchFinding>& findings) {
  if (!view.said.cores_per_rank) return;
  const int cores = *view.said.cores_per_rank;
  if (is_bound_to(view, "none")) {
    findings.push_back(
        {"bind-contradicts-pe",
         fmt::format("--bind-to none undoes PE={}: no rank has cores of its own.", cores),
         "Leave --bind-to out; PE= binds."});
    return;
  }
  const bool agrees =
      view.said.bind_to.empty() || is_bound_to(view, "core") || is_bound_to(view, "hwthread");
  if (!agrees) {
    findings.push_back(
        {"bind-contradicts-pe",
         fmt::format("PE={} binds to cores, --bind-to {} does not, and mpirun refuses both "
                     "together.",
                     cores, view.said.bind_to.back()),
         "Leave --bind-to out; PE= binds."});
    return;
  }
  if (view.per_node && cores > view.cores / std::max(1, *view.per_node)) {
    findings.push_back(
        {"pe-too-large",
         fmt::format("{} with {} each (PE={}) are more than the {} of a node, and mpirun refuses "
                     "that.",
                     counted(*view.per_node, "rank"), counted(cores, "core"), cores,
                     counted(view.cores, "core")),
         fmt::format("Write PE={}, or start fewer ranks.",
                     std::max(1, view.cores / *view.per_node))});
  }
}

/// Cores that a rank is bound to, where that is known and few. Open MPI 4.1 binds up to two ranks
/// to a core each if nothing is said (ompi_info --all, hwloc_base_binding_policy); with a plan we
/// do say.
std::optional<int> bound_cores(const LintView& view) {
  if (view.said.placed || is_bound_to(view, "none")) return std::nullopt;
  if (view.said.cores_per_rank) return view.said.cores_per_rank;
  if (is_bound_to(view, "core") || is_bound_to(view, "hwthread")) return 1;
  if (!view.said.bind_to.empty() || view.facts.sized) return std::nullopt;
  const auto ranks = view.ranks ? view.ranks : view.per_node;
  constexpr int most_on_cores = 2;
  const bool few = ranks && *ranks <= most_on_cores;
  const bool oversubscribed =
      ranks && view.facts.slots.per_node && *ranks > *view.facts.slots.per_node;
  return few && !oversubscribed ? std::optional(1) : std::nullopt;
}

void check_shared_cores(const LintView& view, std::vector<LaunchFinding>& findings) {
  const auto cores = bound_cores(view);
  if (!cores || !view.threads || *view.threads <= *cores) return;
  const bool by_default = view.said.bind_to.empty() && !view.said.cores_per_rank;
  findings.push_back({"threads-share-cores",
                      fmt::format("{} binds each rank to {}, which its {} share.",
                                  by_default ? "Without --bind-to mpirun" : "The line",
                                  counted(*cores, "core"), counted(*view.threads, "thread")),
                      fmt::format("Write --map-by slot:PE={}, or --bind-to none.", *view.threads)});
}

/// Threads that OpenMP pins itself, in ranks that see the same cores.
void check_proc_bind(const LintView& view, std::vector<LaunchFinding>& findings) {
  const auto bind = variable(view, "OMP_PROC_BIND");
  if (!bind || *bind == "false" || *bind == "FALSE" || *bind == "0") return;
  const bool several = view.per_node && *view.per_node > 1 && view.threads && *view.threads > 1;
  const bool own_cores = view.said.cores_per_rank && !is_bound_to(view, "none");
  if (!several || own_cores || view.said.placed || bound_cores(view)) return;
  if (view.facts.sized && !view.said.binds()) return;  // bound to cores by the plan
  findings.push_back(
      {"omp-proc-bind-overlap",
       fmt::format("OMP_PROC_BIND={} pins the threads of each rank to the first cores that it "
                   "sees, and the ranks of a node see the same.",
                   *bind),
       fmt::format("Write --map-by slot:PE={}, or unset OMP_PROC_BIND.", *view.threads)});
}

void check_own_settings(const LintView& view, std::vector<LaunchFinding>& findings) {
  if (!view.facts.plan) return;
  for (const auto& [name, value] : own_thread_settings(view.line.options, view.facts.environment)) {
    std::string id = name;
    std::transform(id.begin(), id.end(), id.begin(), [](unsigned char c) {
      return c == '_' ? '-' : static_cast<char>(std::tolower(c));
    });
    findings.push_back({id + "-kept",
                        fmt::format("{}={} is yours and is kept; the plan has {} a rank.", name,
                                    value, counted(view.facts.plan->threads_per_rank, "thread")),
                        fmt::format("Unset {} to leave it to the plan.", name)});
  }
}

void check_btl(const LintView& view, std::vector<LaunchFinding>& findings) {
  const auto found = view.said.parameters.find("btl");
  if (found == view.said.parameters.end() || found->second.empty()) return;
  if (found->second.front() == '^') return;
  std::istringstream names(found->second);
  for (std::string name; std::getline(names, name, ',');) {
    if (name == "self") return;
  }
  findings.push_back({"btl-without-self",
                      fmt::format("--mca btl {} leaves out self, by which a rank reaches itself, "
                                  "and MPI_Init fails without it.",
                                  found->second),
                      fmt::format("Write --mca btl self,{}.", found->second)});
}

}  // namespace

void check_binding(const LintView& view, std::vector<LaunchFinding>& findings) {
  check_twice(view.said_here.map_by, "--map-by", "several-map-by", findings);
  check_twice(view.said_here.bind_to, "--bind-to", "several-bind-to", findings);
  check_cores_per_rank(view, findings);
  check_shared_cores(view, findings);
}

void check_threads(const LintView& view, std::vector<LaunchFinding>& findings) {
  const bool shown = std::any_of(findings.begin(), findings.end(), [](const LaunchFinding& f) {
    return f.id == "more-ranks-than-cores";
  });
  if (view.threads && *view.threads > 1 && view.per_node && !shown &&
      *view.threads > view.cores / std::max(1, *view.per_node)) {
    findings.push_back({"threads-exceed-cores",
                        fmt::format("{} with {} each are more than the {} of a node.",
                                    counted(*view.per_node, "rank"),
                                    counted(*view.threads, "thread"), counted(view.cores, "core")),
                        fmt::format("Set OMP_NUM_THREADS={}, or start fewer ranks.",
                                    std::max(1, view.cores / std::max(1, *view.per_node)))});
  }
  check_proc_bind(view, findings);
  check_own_settings(view, findings);
  check_btl(view, findings);
}

}  // namespace mpisize
