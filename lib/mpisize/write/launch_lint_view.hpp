/// A line and its facts as the checks look at them. Private.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/write/launch_lint.hpp"
#include "mpisize/write/mpirun_said.hpp"

namespace mpisize {

struct LintView {
  const MpirunLine& line;
  const LaunchFacts& facts;
  MpirunSaid said;              ///< With the environment.
  MpirunSaid said_here;         ///< By the options alone.
  std::optional<int> ranks;     ///< To be started; empty: as many as there are slots.
  std::optional<int> per_node;  ///< Of them, on the fullest node.
  std::optional<int> threads;   ///< Of a rank, by the user's OMP_NUM_THREADS or the plan.
  int cores = 1;                ///< Granted of a node; PUs with --use-hwthread-cpus.
};

[[nodiscard]] std::optional<std::string> variable(const LintView& view, const std::string& name);

void check_slots(const LintView& view, std::vector<LaunchFinding>& findings);
void check_counts(const LintView& view, std::vector<LaunchFinding>& findings);
void check_binding(const LintView& view, std::vector<LaunchFinding>& findings);
void check_threads(const LintView& view, std::vector<LaunchFinding>& findings);

}  // namespace mpisize
