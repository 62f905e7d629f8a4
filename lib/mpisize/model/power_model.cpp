#include "mpisize/model/power_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

/// Cores in use and power, run by run.
struct Observations {
  std::vector<double> cores;
  std::vector<double> watts;
};

Observations observations_of(const std::vector<ProgramRun>& runs) {
  Observations seen;
  for (const ProgramRun& run : runs) {
    if (!run.energy || run.nodes != 1 || run.wall <= Seconds(0)) continue;
    seen.cores.push_back(static_cast<double>(run.ranks) * run.threads_per_rank);
    seen.watts.push_back((*run.energy / run.wall).value());
  }
  return seen;
}

/// Neither below 0: less power with more cores is noise, and so is a node that gives power.
Line line_through(const Observations& seen, double spread) {
  if (spread <= 0) return {mean(seen.watts), 0};
  const Line line = fit_line(seen.cores, seen.watts);
  if (line.slope < 0) return {mean(seen.watts), 0};
  if (line.intercept >= 0) return line;
  double product = 0;
  double square = 0;
  for (std::size_t i = 0; i < seen.cores.size(); ++i) {
    product += seen.cores[i] * seen.watts[i];
    square += seen.cores[i] * seen.cores[i];
  }
  return {0, product / square};
}

/// Relative, for power varies in proportion to itself.
double noise_about(const Line& line, const Observations& seen, double spread) {
  constexpr double assumed_noise = 0.03;
  const double taken = spread > 0 ? 2 : 1;
  double sum = assumed_noise * assumed_noise;
  for (std::size_t i = 0; i < seen.cores.size(); ++i) {
    const double fitted = line.intercept + line.slope * seen.cores[i];
    if (fitted > 0) sum += std::pow(seen.watts[i] / fitted - 1, 2);
  }
  const double freedom = 1 + std::max(0.0, static_cast<double>(seen.cores.size()) - taken);
  return std::sqrt(sum / freedom);
}

}  // namespace

std::optional<PowerModel> fit_power(const std::vector<ProgramRun>& runs) {
  const Observations seen = observations_of(runs);
  if (seen.cores.empty()) return std::nullopt;
  const auto [fewest, most] = std::minmax_element(seen.cores.begin(), seen.cores.end());
  PowerModel model;
  model.runs = static_cast<int>(seen.cores.size());
  model.fewest_cores = static_cast<int>(*fewest);
  model.most_cores = static_cast<int>(*most);
  model.mean_cores = mean(seen.cores);
  for (const double cores : seen.cores) model.cores_spread += std::pow(cores - model.mean_cores, 2);
  const Line line = line_through(seen, model.cores_spread);
  model.node = Watts(line.intercept);
  model.core = Watts(line.slope);
  model.noise = noise_about(line, seen, model.cores_spread);
  return model;
}

std::optional<Estimate<Joules>> energy_of(const PowerModel& model, const ProgramConfig& config,
                                          const Interval& time) {
  constexpr double upper_end = 0.95;
  const double cores = static_cast<double>(config.ranks) * config.threads;
  const bool one_count = model.cores_spread <= 0;
  if (one_count && (cores != model.most_cores || config.nodes != 1)) return std::nullopt;
  const Watts power = model.node * config.nodes + model.core * cores;
  // The noise of a run; that of the line, its mean and its slope, on a node of so many cores.
  const double away = cores / config.nodes - model.mean_cores;
  const double leverage = 1.0 / model.runs + (one_count ? 0 : away * away / model.cores_spread);
  const Watts middle = model.node + model.core * model.mean_cores;
  const double of_line =
      power.value() > 0 ? config.nodes * middle.value() / power.value() * std::sqrt(leverage) : 0;
  const double of_power = normal_quantile(upper_end) * model.noise * std::hypot(1.0, of_line);
  const auto relative = [&](Seconds end) {
    return time.value > Seconds(0) ? std::abs((end - time.value) / time.value) : 0;
  };
  const Joules value = power * time.value;
  return Estimate<Joules>{value,
                          value * std::max(0.0, 1 - std::hypot(of_power, relative(time.low))),
                          value * (1 + std::hypot(of_power, relative(time.high))), Source::derived};
}

std::string describe(const PowerModel& model) {
  const char* const source =
      "Energy is of the processor packages of a node (RAPL), whoever used them";
  const char* const plural = model.runs == 1 ? "" : "s";
  if (model.cores_spread <= 0) {
    return fmt::format("{}: {} W in {} run{} on {} cores, and nothing is known of other numbers",
                       source, human_number(model.node.value()), model.runs, plural,
                       model.most_cores);
  }
  return fmt::format("{}: {} W a node + {} W a core in use, from {} run{} on {} to {} cores",
                     source, human_number(model.node.value()), human_number(model.core.value()),
                     model.runs, plural, model.fewest_cores, model.most_cores);
}

}  // namespace mpisize
