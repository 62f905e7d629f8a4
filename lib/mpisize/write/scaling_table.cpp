#include "mpisize/write/scaling_table.hpp"

#include <fmt/format.h>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

/// Ranks of a group, and groups of a rack: "32", "32 x 8".
std::string in_figures(const SubRoots& sub) {
  const std::string group = std::to_string(sub.group);
  return sub.racks ? fmt::format("{} x {}", group, sub.racks->groups) : group;
}

}  // namespace

double core_hours(const Choice& choice) {
  constexpr double seconds_per_hour = 3600;
  const Layout& layout = choice.plan.layout;
  return static_cast<double>(layout.ranks()) * layout.threads_per_rank *
         choice.predicted.total.value.value() / seconds_per_hour;
}

std::string describe_scaling(const std::vector<Choice>& by_ranks) {
  if (by_ranks.empty()) return "";
  std::string text =
      "  by number of ranks (core-hours: ranks x threads x time, without idle cores of their "
      "nodes)\n"
      "      ranks   nodes      time   90 % interval          speed-up  efficiency  core-hours  "
      "sub-roots of  limited by\n";
  for (const Choice& choice : by_ranks) {
    const Prediction& p = choice.predicted;
    const Layout& layout = choice.plan.layout;
    const auto& sub_roots = choice.plan.pattern.sub_roots;
    text += fmt::format(
        "    {:>7} {:>7} {:>9}   {:>8} to {:<8} {:>10.2f} {:>9.0f} %  {:>10}  {:>12}  {}\n",
        layout.ranks(), layout.nodes, human(p.total.value), human(p.total.low), human(p.total.high),
        p.speedup, 100 * p.efficiency, human_number(core_hours(choice)),
        sub_roots ? in_figures(*sub_roots) : "-", p.limited_by);
  }
  return text;
}

}  // namespace mpisize
