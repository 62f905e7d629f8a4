#include "mpisize/write/side_by_side_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/model/run_comparison.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;

constexpr double per_cent = 100;

Seconds median_time(const PlanRuns& plan) {
  std::vector<double> seconds;
  seconds.reserve(plan.times.size());
  for (const Seconds time : plan.times) seconds.push_back(time.value());
  return Seconds(median(seconds));
}

/// How a plan is, seen from the first one.
Difference difference(const std::vector<PlanRuns>& plans, std::size_t i) {
  std::vector<Repetitions> sets;
  sets.reserve(plans.size());
  for (const PlanRuns& plan : plans) sets.push_back(plan.times);
  constexpr std::uint64_t seed = 1;
  return compare(plans.front().times, plans[i].times, sets, seed).difference;
}

double regret(const std::vector<PlanRuns>& plans) {
  Seconds least = median_time(plans.front());
  for (const PlanRuns& plan : plans) least = std::min(least, median_time(plan));
  return median_time(plans.front()) / least - 1;
}

std::string row(const PlanRuns& plan, double ratio) {
  const Seconds measured = median_time(plan);
  std::string predicted = "-";
  std::string error = "-";
  std::string inside = "-";
  if (plan.predicted) {
    predicted = human(plan.predicted->value);
    error = fmt::format("{:+.1f} %", per_cent * (measured / plan.predicted->value - 1));
    inside = plan.predicted->low <= measured && measured <= plan.predicted->high ? "yes" : "no";
  }
  return fmt::format("  {:<28} {:>10} {:>10} {:>9}  {:>6}  {:>7.3f}\n", describe(plan.config),
                     predicted, human(measured), error, inside, ratio);
}

std::string verdict(const std::vector<PlanRuns>& plans) {
  std::string faster;
  bool unknown = false;
  for (std::size_t i = 1; i < plans.size(); ++i) {
    const Difference d = difference(plans, i);
    unknown = unknown || d == Difference::unknown;
    if (d == Difference::faster) faster += (faster.empty() ? "" : ", ") + describe(plans[i].config);
  }
  if (!faster.empty()) {
    return fmt::format("Faster than the first, beyond noise: {}; regret {:.1f} %.\n", faster,
                       per_cent * regret(plans));
  }
  if (unknown) return "Whether they differ beyond noise is not known: run each more than once.\n";
  return fmt::format("None is faster than the first beyond noise (regret {:.1f} %).\n",
                     per_cent * regret(plans));
}

}  // namespace

std::string describe_side_by_side(const std::vector<PlanRuns>& plans) {
  std::string text = fmt::format("  {:<28} {:>10} {:>10} {:>9}  {:>6}  {:>7}\n", "plan",
                                 "predicted", "measured", "error", "inside", "ratio");
  const Seconds first = median_time(plans.front());
  for (const PlanRuns& plan : plans) text += row(plan, median_time(plan) / first);
  return text + verdict(plans);
}

std::string side_by_side_json(const std::vector<PlanRuns>& plans) {
  Json json = json_text::document("mpisize-side-by-side");
  json["plans"] = Json::array();
  const Seconds first = median_time(plans.front());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const PlanRuns& plan = plans[i];
    Json one{{"config", Json{{"ranks", plan.config.ranks},
                             {"nodes", plan.config.nodes},
                             {"threads_per_rank", plan.config.threads}}}};
    if (plan.predicted) one["predicted"] = json_text::write(*plan.predicted);
    one["times"] = Json::array();
    for (const Seconds time : plan.times) one["times"].push_back(json_text::write(time));
    one["median"] = json_text::write(median_time(plan));
    one["ratio"] = json_text::write(median_time(plan) / first);
    if (i > 0) one["difference"] = name_of(difference(plans, i));
    json["plans"].push_back(one);
  }
  json["regret"] = json_text::write(regret(plans));
  return json_text::print(json);
}

}  // namespace mpisize
