#include "mpisize/model/program_model.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/program_laws.hpp"

namespace mpisize {
namespace {

constexpr std::array<Part, part_count> all_parts{
    Part::root_excess, Part::computing, Part::lag,         Part::communication, Part::outside,
    Part::before,      Part::root,      Part::rank_memory, Part::mean_memory};

/// Nothing but the wall time is known: the launch is taken off as modelled, half of it at most.
void take_launch_off(ProgramPoints& points, const Machine& machine) {
  for (ProgramPoint& point : points.points) {
    const double launch =
        launch_time(machine.launch, point.config.nodes, point.config.ranks).value.value();
    for (RunParts& run : point.runs) {
      run.outside = std::min(launch, run.inside / 2);
      run.inside -= *run.outside;
      run.mean = run.inside;
    }
  }
}

/// The number of threads with most configurations; of several the least.
int base_threads(const ProgramPoints& points) {
  std::map<int, int> configurations;
  for (const ProgramPoint& point : points.points) ++configurations[point.config.threads];
  return std::max_element(configurations.begin(), configurations.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

/// Mean computing time with the base number of threads: as measured on as many ranks, or by law.
std::optional<double> base_mean(const ProgramModel& model, const ProgramConfig& config) {
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.ranks == config.ranks && point.config.threads == model.threads.base) {
      return median_of(point, &RunParts::mean);
    }
  }
  const auto& laws = model.part(Part::computing).laws;
  if (laws.empty()) return std::nullopt;
  return evaluate(laws.front(), inputs_of(model, config));
}

/// Amdahl's share f from ratios r(t) of the time with t threads to that with b:
/// r (1 - f + f / b) = 1 - f + f / t, linear in f, by least squares.
std::optional<double> shared_by_threads(const ThreadEffect& effect) {
  double xy = 0;
  double xx = 0;
  for (const auto& [threads, ratio] : effect.measured) {
    const double x = ratio * (1.0 / effect.base - 1) - (1.0 / threads - 1);
    xy += x * (1 - ratio);
    xx += x * x;
  }
  if (xx <= 0) return std::nullopt;
  return std::clamp(xy / xx, 0.0, 1.0);
}

void fit_threads(ProgramModel& model) {
  std::map<int, std::vector<double>> ratios;
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.threads == model.threads.base) continue;
    const auto base = base_mean(model, point.config);
    const double mean = median_of(point, &RunParts::mean);
    if (base && *base > 0 && mean > 0) ratios[point.config.threads].push_back(mean / *base);
  }
  for (const auto& [threads, of] : ratios) model.threads.measured[threads] = median(of);
  model.threads.share = shared_by_threads(model.threads);
}

void tell_scaling(ProgramModel& model) {
  constexpr double half_way = 0.5;
  std::vector<double> ranks;
  std::vector<double> work;
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.threads != model.threads.base) continue;
    const double sharers = sharing(point.config.ranks, model.points.master_worker);
    const double mean = median_of(point, &RunParts::mean);
    if (mean <= 0) continue;
    ranks.push_back(std::log(sharers));
    work.push_back(std::log(sharers * mean));
  }
  model.scaling = model.options.scaling;
  if (std::set<double>(ranks.begin(), ranks.end()).size() < 2) return;
  model.work_growth = fit_line(ranks, work).slope;
  if (!model.scaling) {
    model.scaling = *model.work_growth > half_way ? Scaling::weak : Scaling::strong;
  }
}

std::size_t draw_law(const std::vector<FittedLaw>& laws, Random& random) {
  double left = random.uniform();
  for (std::size_t i = 0; i + 1 < laws.size(); ++i) {
    left -= laws[i].weight;
    if (left < 0) return i;
  }
  return laws.size() - 1;
}

Draw::PartLaw draw_part(const FittedPart& part, double scale, const std::optional<Anchor>& anchor,
                        Random& random) {
  Draw::PartLaw drawn;
  drawn.law = draw_law(part.laws, random);
  std::vector<Observed> observed = part.observed;
  for (Observed& o : observed) {
    o.value = std::max(0.0, o.value + scale * o.error * random.normal());
  }
  drawn.coefficients = fit_coefficients(part.laws[drawn.law].terms, observed, anchor);
  return drawn;
}

void draw_all(ProgramModel& model) {
  constexpr std::size_t draws = 400;
  Random random(model.options.seed);
  std::array<double, part_count> scales{};
  for (const Part p : all_parts) {
    const FittedPart& part = model.part(p);
    scales.at(static_cast<std::size_t>(p)) = misfit_scale(part.laws, part.observed.size());
  }
  model.draws.resize(draws);
  for (Draw& draw : model.draws) {
    draw.link = random.normal();
    draw.model = random.normal();
    draw.noise = random.normal();
    draw.launch_noise = random.normal();
    for (const Part p : all_parts) {
      const auto i = static_cast<std::size_t>(p);
      if (p == Part::rank_memory || p == Part::mean_memory || model.part(p).laws.empty()) continue;
      draw.parts.at(i) = draw_part(model.part(p), scales.at(i), anchor_of(p), random);
    }
  }
}

}  // namespace

std::string_view name_of(Scaling scaling) { return scaling == Scaling::strong ? "strong" : "weak"; }

std::optional<double> ThreadEffect::factor(int threads) const {
  if (threads == base) return 1;
  const auto found = measured.find(threads);
  if (found != measured.end()) return found->second;
  if (!share || measured.empty()) return std::nullopt;
  const int least = std::min(base, measured.begin()->first);
  const int most = std::max(base, measured.rbegin()->first);
  if (threads < least || threads > most) return std::nullopt;
  return (1 - *share + *share / threads) / (1 - *share + *share / base);
}

ProgramModel fit_program(const std::vector<ProgramRun>& runs, const Machine& machine,
                         const ProgramModelOptions& options) {
  if (runs.empty()) throw std::invalid_argument("a scaling model of no run");
  if (options.repetitions && *options.repetitions < 1) {
    throw std::invalid_argument("a program of fewer than one repetition");
  }
  ProgramModel model;
  model.points = program_points(runs);
  model.machine = machine;
  model.options = options;
  if (!model.points.profiled && !model.points.per_repetition) {
    take_launch_off(model.points, machine);
  }
  model.calls = program_calls(model.points);
  model.calls.dealt = options.dealt;
  model.threads.base = base_threads(model.points);
  model.noise = run_noise(model.points);
  model.launch_noise = launch_noise(model.points);
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.threads != model.threads.base) continue;
    if (model.points.master_worker && point.config.ranks < 2) continue;
    if (!model.rank_counts.empty() && model.rank_counts.back() == point.config.ranks) continue;
    model.rank_counts.push_back(point.config.ranks);
  }
  for (const Part p : all_parts) {
    FittedPart& part = model.parts.at(static_cast<std::size_t>(p));
    part.observed = observed_of(p, model);
    if (!part.observed.empty())
      part.laws = fit_laws(laws_of(p, model), part.observed, anchor_of(p));
  }
  fit_threads(model);
  tell_scaling(model);
  draw_all(model);
  return model;
}

}  // namespace mpisize
