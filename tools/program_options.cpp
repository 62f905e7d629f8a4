#include "program_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "errors.hpp"
#include "values.hpp"

namespace mpisize::tools {
namespace {

Goal goal_of(std::string_view option, std::string_view text) {
  for (const Goal goal : {Goal::time, Goal::core_hours, Goal::energy, Goal::cost}) {
    std::string name(name_of(goal));
    std::replace(name.begin(), name.end(), '_', '-');
    std::replace(name.begin(), name.end(), ' ', '-');
    if (text == name) return goal;
  }
  throw UsageError(fmt::format("{} '{}' is not time, core-hours, energy or cost", option, text));
}

Scaling scaling_of(std::string_view option, std::string_view text) {
  if (text == "strong") return Scaling::strong;
  if (text == "weak") return Scaling::weak;
  throw UsageError(fmt::format("{} '{}' is not strong or weak", option, text));
}

double share_of(std::string_view option, std::string_view text) {
  const double share = read_ratio(option, text);
  if (share <= 1) return share;
  throw UsageError(fmt::format("{} '{}' is above 1; give a share such as 0.6", option, text));
}

/// "4,2x2": ranks, or ranks x threads, of each plan.
std::vector<std::pair<int, int>> plans_of(std::string_view option, std::string_view text) {
  std::vector<std::pair<int, int>> plans;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    const std::string_view plan = text.substr(from, to - from);
    const std::size_t by = plan.find('x');
    const int threads = by == std::string_view::npos ? 1 : read_count(option, plan.substr(by + 1));
    plans.emplace_back(read_count(option, plan.substr(0, by)), threads);
    from = to + 1;
  }
  return plans;
}

}  // namespace

ProgramWishes wishes_of(const Values& values) {
  ProgramWishes wishes;
  wishes.goal = values.read("goal", goal_of).value_or(wishes.goal);
  wishes.limits.min_efficiency = values.read("min-efficiency", share_of);
  wishes.limits.budget = values.read("budget", read_ratio);
  wishes.limits.node_memory = values.read("node-memory", read_size);
  wishes.rates.core_hour = values.read("price", read_ratio);
  wishes.rates.whole_nodes = values.has("whole-nodes");
  wishes.scaling = values.read("scaling", scaling_of);
  wishes.threads = values.read("threads", read_count);
  if (wishes.goal == Goal::cost && !wishes.rates.core_hour) {
    throw UsageError("--goal cost needs the price of a core-hour; give --price X");
  }
  return wishes;
}

SampleRules sample_rules_of(const Values& values) {
  SampleRules rules;
  rules.budget = values.read("sample-budget", read_time).value_or(rules.budget);
  rules.directory = values.filled("sample-dir");
  rules.yes = values.has("yes");
  if (const auto text = values.text("sample-args")) {
    rules.arguments = boost::program_options::split_unix(*text);
  }
  return rules;
}

CompareOptions compare_of(const Common& common, const Values& values,
                          const std::vector<std::string>& child) {
  CompareOptions compare;
  compare.common = common;
  compare.machine = values.filled("machine");
  const auto plans = values.read("plans", plans_of);
  if (!plans) throw UsageError("--plans is missing; give such as --plans 4,2x2");
  compare.plans = *plans;
  compare.rounds = values.read("rounds", read_count).value_or(compare.rounds);
  compare.child = child;
  return compare;
}

}  // namespace mpisize::tools
