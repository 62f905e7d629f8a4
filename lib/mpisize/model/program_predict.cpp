#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/program_model.hpp"
#include "mpisize/model/program_times.hpp"

namespace mpisize {
namespace {

constexpr double two_sided_90 = 1.645;

/// Doublings beyond what was seen, either way.
double distance(const ProgramModel& model, int ranks) {
  if (model.rank_counts.empty()) return 0;
  const double least = model.rank_counts.front();
  const double most = model.rank_counts.back();
  return std::max({0.0, std::log2(ranks / most), std::log2(least / ranks)});
}

/// Relative standard deviation of what no law knows.
double model_error(const ProgramModel& model, int ranks) {
  constexpr double assumed_error = 0.05;  // Half width of 90 %, at four times the ranks seen.
  constexpr std::size_t enough_residuals = 10;
  constexpr double reference = 3;  // 1 + two doublings.
  const double far = (1 + distance(model, ranks)) / reference;
  double half = assumed_error;
  const std::vector<double>& residuals = model.options.error.residuals;
  if (residuals.size() >= enough_residuals) {
    std::vector<double> sizes;
    sizes.reserve(residuals.size());
    for (const double r : residuals) sizes.push_back(std::abs(r));
    half = quantile(sizes, 0.9);
  }
  return half / two_sided_90 * far;
}

const ProgramPoint* measured_point(const ProgramModel& model, const ProgramConfig& config) {
  for (const ProgramPoint& point : model.points.points) {
    if (point.config == config) return &point;
  }
  return nullptr;
}

/// The parts so that they add up to the total.
void set_parts(ProgramPrediction& p, const Times& t) {
  const double sum = t.total();
  const double scale = sum > 0 ? p.total.value.value() / sum : 0;
  p.computing = Seconds(t.computing * scale);
  p.imbalance = Seconds(t.imbalance * scale);
  p.communication = Seconds(t.communication * scale);
  p.launch = Seconds(t.launch * scale);
}

Times measured_times(const ProgramModel& model, const ProgramPoint& point, const Scene& scene) {
  Times t;
  t.computing = median_of(point, &RunParts::mean) * scene.inside;
  t.imbalance = median_of(point, &RunParts::imbalance) * scene.inside;
  t.communication = median_of(point, &RunParts::communication) * scene.inside;
  if (!scene.with_launch) return t;
  std::vector<double> outside;
  outside.reserve(point.runs.size());
  for (const RunParts& run : point.runs) outside.push_back(run.outside.value_or(scene.at.launch));
  t.launch = median(outside) + median_of(point, &RunParts::before);
  (void)model;
  return t;
}

void as_measured(ProgramPrediction& p, const ProgramModel& model, const ProgramPoint& point,
                 const Scene& scene) {
  const Times t = measured_times(model, point, scene);
  const double inside = median_of(point, &RunParts::inside) * scene.inside;
  const auto runs = static_cast<double>(point.runs.size());
  const double half = two_sided_90 * std::sqrt(1 + 1 / runs) *
                      std::hypot(model.noise * inside, model.launch_noise * t.launch);
  const double total = inside + t.launch;
  p.total = {Seconds(total), Seconds(std::max(0.0, total - half)), Seconds(total + half)};
  p.measured = true;
  p.rests_on = fmt::format("measured, {} run{}", point.runs.size(), runs > 1 ? "s" : "");
  set_parts(p, t);
}

std::string counts(const std::vector<int>& ranks) {
  std::string text;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    text += i == 0 ? "" : i + 1 == ranks.size() ? " and " : ", ";
    text += std::to_string(ranks[i]);
  }
  return text;
}

void by_laws(ProgramPrediction& p, const ProgramModel& model, const Scene& scene) {
  constexpr double low = 0.05;
  const double error = model_error(model, p.config.ranks);
  std::vector<double> totals;
  std::vector<double> noisy;
  std::array<std::vector<double>, 4> parts;
  for (const Draw& draw : model.draws) {
    const Times t = times_of(model, draw, scene, p.config.ranks);
    totals.push_back(t.total());
    const double off = error * draw.model + model.noise * draw.noise;
    const double launch = t.launch * (1 + model.launch_noise * draw.launch_noise);
    noisy.push_back(std::max(0.0, t.inside() * (1 + off)) + std::max(0.0, launch));
    parts[0].push_back(t.computing);
    parts[1].push_back(t.imbalance);
    parts[2].push_back(t.communication);
    parts[3].push_back(t.launch);
  }
  const double value = median(totals);
  p.total = {Seconds(value), Seconds(std::min(value, quantile(noisy, low))),
             Seconds(std::max(value, quantile(noisy, 1 - low)))};
  p.rests_on = fmt::format("laws fitted to runs on {} ranks", counts(model.rank_counts));
  set_parts(p, {median(parts[0]), median(parts[1]), median(parts[2]), median(parts[3])});
}

/// The run that would tell most: between what was seen and what is asked, no more than twice the
/// ranks of any that was seen; of one count alone half of it, or what is asked.
ProgramConfig telling_run(const ProgramModel& model, const ProgramConfig& config) {
  ProgramConfig telling = config;
  const int least = model.rank_counts.empty() ? 1 : model.rank_counts.front();
  const int most = model.rank_counts.empty() ? 1 : model.rank_counts.back();
  if (config.ranks > 2 * most) telling.ranks = 2 * most;
  if (2 * config.ranks < least) telling.ranks = std::max(1, least / 2);
  if (telling.ranks != config.ranks) {
    telling.nodes =
        std::clamp(telling.ranks * config.nodes / std::max(1, config.ranks), 1, telling.ranks);
  }
  return telling;
}

std::optional<Refusal> refusal_of(const ProgramModel& model, const ProgramPrediction& p) {
  const ProgramConfig telling = telling_run(model, p.config);
  const auto refuse = [&](const std::string& why) {
    return Refusal{fmt::format("{}; a run on {} would tell", why, describe(telling)), telling};
  };
  if (model.rank_counts.size() < 2) {
    return refuse(fmt::format("runs on one number of ranks ({}) say nothing about another",
                              counts(model.rank_counts)));
  }
  if (distance(model, p.config.ranks) > std::log2(furthest)) {
    return refuse(fmt::format("{} ranks are more than {:.0f} times away from those seen ({})",
                              p.config.ranks, furthest, counts(model.rank_counts)));
  }
  const double value = p.total.value.value();
  const double half = (p.total.high - p.total.low).value() / 2;
  if (half > useful_half_width * value) {
    return refuse(fmt::format(
        "laws that fit the runs on {} ranks alike disagree about {}: {:.3g} to {:.3g} s",
        counts(model.rank_counts), describe(p.config), p.total.low.value(), p.total.high.value()));
  }
  return std::nullopt;
}

void add_memory(ProgramPrediction& p, const ProgramModel& model, const Scene& scene) {
  constexpr double not_improbable = 0.05;
  const auto average = [&](Part part, bool highest) {
    double sum = 0;
    double most = 0;
    for (const FittedLaw& law : model.part(part).laws) {
      const double bytes = evaluate(law, scene.at);
      sum += law.weight * bytes;
      if (law.weight >= not_improbable) most = std::max(most, bytes);
    }
    return highest ? std::max(most, sum) : sum;
  };
  if (model.part(Part::rank_memory).laws.empty()) return;
  const int others = (p.config.ranks + p.config.nodes - 1) / p.config.nodes - 1;
  const auto node = [&](bool highest) {
    return average(Part::rank_memory, highest) + others * average(Part::mean_memory, highest);
  };
  p.rank_memory = Bytes(std::llround(average(Part::rank_memory, false)));
  p.node_memory = Bytes(std::llround(node(false)));
  p.node_memory_high = Bytes(std::llround(node(true)));
}

ProgramPrediction times_only(const ProgramModel& model, const ProgramConfig& config) {
  ProgramPrediction p;
  p.config = config;
  p.per_repetition = of_one_repetition(model);
  const auto scene = scene_of(model, config);
  if (!scene) {
    p.refusal = Refusal{fmt::format("no run with {} threads per rank; a run on {} would tell",
                                    config.threads, describe(telling_run(model, config))),
                        telling_run(model, config)};
    return p;
  }
  const ProgramPoint* point = measured_point(model, config);
  if (point != nullptr) {
    as_measured(p, model, *point, *scene);
  } else if (!model.part(Part::computing).laws.empty()) {
    by_laws(p, model, *scene);
    p.refusal = refusal_of(model, p);
  } else {
    p.refusal = refusal_of(model, p);
    if (!p.refusal) p.refusal = Refusal{"the runs did nothing that could be timed", config};
  }
  add_memory(p, model, *scene);
  return p;
}

}  // namespace

ProgramConfig reference_of(const ProgramModel& model) {
  return {model.points.master_worker ? 2 : 1, 1, model.threads.base};
}

ProgramPrediction predict(const ProgramModel& model, const ProgramConfig& config) {
  ProgramPrediction p = times_only(model, config);
  const ProgramConfig reference = reference_of(model);
  const double of_reference = times_only(model, reference).total.value.value();
  const double total = p.total.value.value();
  if (total <= 0 || of_reference <= 0) return p;
  // A master alone does nothing: one worker is what one rank would be.
  const double of_cores = model.points.master_worker ? 1 : reference.ranks;
  const double cores =
      static_cast<double>(config.ranks) * config.threads / (of_cores * reference.threads);
  const bool weak = model.scaling == Scaling::weak;
  p.speedup = of_reference / total * (weak ? cores : 1);
  p.efficiency = p.speedup / cores;
  return p;
}

}  // namespace mpisize
