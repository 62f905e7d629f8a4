#include <algorithm>
#include <cmath>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/program_laws.hpp"

namespace mpisize {
namespace {

double part_of(const RunParts& run, Part part) {
  switch (part) {
    case Part::computing:
      return run.mean;
    case Part::root_excess:
      return run.root_excess;
    case Part::lag:
      return run.lag;
    case Part::communication:
      return run.communication;
    case Part::outside:
      return run.outside.value_or(0);
    case Part::before:
      return run.before;
    case Part::root:
      return run.root_busy;
    case Part::rank_memory:
      return run.most_memory.value_or(0);
    case Part::mean_memory:
      return run.mean_memory.value_or(0);
  }
  return 0;
}

std::vector<double> values_of(const ProgramPoint& point, Part part) {
  std::vector<double> values;
  for (const RunParts& run : point.runs) values.push_back(part_of(run, part));
  return values;
}

/// Standard deviation of one run, relative to `unit` of its point: pooled over all points, with an
/// assumed one that counts as much as a repetition.
template <class Unit>
double pooled(const ProgramPoints& points, Part part, double assumed_noise, Unit unit) {
  double sum = assumed_noise * assumed_noise;
  double freedom = 1;
  for (const ProgramPoint& point : points.points) {
    const std::vector<double> values = values_of(point, part);
    const double scale = unit(point);
    if (values.size() < 2 || scale <= 0) continue;
    const auto repeats = static_cast<double>(values.size()) - 1;
    sum += repeats * variance(values) / (scale * scale);
    freedom += repeats;
  }
  return std::sqrt(sum / freedom);
}

/// What a law leaves out at best: of the part itself, and of all time inside.
struct LeftOut {
  double of_part;
  double of_inside;
};
LeftOut left_out(Part part) {
  switch (part) {
    case Part::computing:
      return {0.005, 0};
    case Part::root_excess:
    case Part::lag:
    case Part::communication:
      return {0.05, 0.001};
    case Part::outside:
    case Part::before:
    case Part::root:
      return {0.05, 0.0005};
    case Part::rank_memory:
    case Part::mean_memory:
      return {0.02, 0};
  }
  return {0.05, 0};
}

bool says_nothing(Part part, const ProgramPoint& point, const ProgramModel& model) {
  constexpr int several_others = 3;
  if (model.points.master_worker && point.config.ranks < 2) return true;
  if (part == Part::lag) return point.config.ranks < several_others;
  if (part == Part::communication || part == Part::root_excess) return point.config.ranks < 2;
  return false;
}

/// Relative standard deviation of a rank's computing beside another's in the same run, pooled.
double rank_spread(const ProgramPoints& points) {
  constexpr double assumed_spread = 0.01;
  double sum = assumed_spread * assumed_spread;
  double freedom = 1;
  for (const ProgramPoint& point : points.points) {
    const double mean = median_of(point, &RunParts::mean);
    const double others = point.config.ranks - 2;
    if (others < 1 || mean <= 0) continue;
    sum += others * std::pow(median_of(point, &RunParts::spread) / mean, 2);
    freedom += others;
  }
  return std::sqrt(sum / freedom);
}

}  // namespace

int others(int ranks) { return std::max(1, ranks - 1); }

double run_noise(const ProgramPoints& points) {
  constexpr double assumed_noise = 0.02;
  return pooled(points, Part::computing, assumed_noise,
                [](const ProgramPoint& p) { return median_of(p, &RunParts::mean); });
}

double launch_noise(const ProgramPoints& points) {
  constexpr double assumed_noise = 0.05;
  return pooled(points, Part::outside, assumed_noise,
                [](const ProgramPoint& p) { return median(values_of(p, Part::outside)); });
}

std::vector<Observed> observed_of(Part part, const ProgramModel& model) {
  constexpr double assumed_noise = 0.02;
  constexpr double smallest = 1e-12;
  const bool memory = part == Part::rank_memory || part == Part::mean_memory;
  const bool of_inside = part == Part::lag || part == Part::root_excess ||
                         part == Part::communication || part == Part::root;
  const auto unit = [&](const ProgramPoint& p) {
    return of_inside ? median_of(p, &RunParts::inside) : median(values_of(p, part));
  };
  // What is a small part of the whole is as noisy as the whole only where the runs show it.
  const double assumed_of_part = of_inside ? assumed_noise / 4 : assumed_noise;
  const double noise = pooled(model.points, part, assumed_of_part, unit);
  const LeftOut least = left_out(part);
  std::vector<Observed> observed;
  const double chance = rank_spread(model.points);
  double root_excess = 0;
  for (const FittedLaw& law : model.part(Part::root_excess).laws) {
    root_excess += law.weight * alone(law.terms, law.coefficients);
  }
  double any = 0;
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.threads != model.threads.base || says_nothing(part, point, model)) continue;
    const std::vector<double> values = values_of(point, part);
    Observed o;
    o.at = inputs_of(model, point.config);
    o.at.mean = median_of(point, &RunParts::mean);
    o.value = median(values);
    if (part == Part::lag) o.at.ranks = others(point.config.ranks);
    if (part == Part::computing) {
      o.value = std::max(0.0, o.value - root_excess / point.config.ranks);
    }
    any = std::max(any, o.value);
    const double pair = std::sqrt(1 + 1.0 / others(point.config.ranks));
    const double spread = noise * unit(point) / std::sqrt(static_cast<double>(values.size()));
    const double inside = median_of(point, &RunParts::inside);
    o.error = std::max(smallest, std::hypot(spread, least.of_part * o.value,
                                            memory ? 0 : least.of_inside * inside));
    if (part == Part::root_excess) o.error = std::hypot(o.error, chance * o.at.mean * pair);
    observed.push_back(o);
  }
  if (any <= 0) observed.clear();  // The part is 0, or was not measured.
  return observed;
}

}  // namespace mpisize
