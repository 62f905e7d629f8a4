#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/program_laws.hpp"
#include "mpisize/model/program_model.hpp"

namespace mpisize {
namespace {

constexpr double two_sided_90 = 1.645;

/// Seconds of a configuration, part by part.
struct Times {
  double computing = 0;
  double imbalance = 0;
  double communication = 0;
  double launch = 0;  ///< With what comes before the stretch.
  [[nodiscard]] double inside() const { return computing + imbalance + communication; }
  [[nodiscard]] double total() const { return inside() + launch; }
};

/// What all draws of a configuration have in common.
struct Scene {
  TermInputs at;
  double threads = 1;       ///< Factor of computing.
  double link_error = 0;    ///< Relative standard deviation of the link model's correction.
  double inside = 1;        ///< Repetitions in the total.
  bool with_launch = true;  ///< Not of one repetition.
};

bool of_one_repetition(const ProgramModel& model) {
  return model.points.per_repetition && !model.options.repetitions;
}

std::optional<Scene> scene_of(const ProgramModel& model, const ProgramConfig& config) {
  const auto factor = model.threads.factor(config.threads);
  if (!factor) return std::nullopt;
  constexpr double at_least = 0.05;
  constexpr double other_level = 0.3;
  constexpr double unsure_growth = 0.3;
  Scene scene;
  scene.at = inputs_of(model, config);
  scene.threads = *factor;
  int nodes = 1;
  for (const ProgramPoint& point : model.points.points) nodes = std::max(nodes, point.config.nodes);
  scene.link_error = at_least;
  if (config.nodes > 1 && nodes == 1) scene.link_error += other_level;
  if (!model.calls.certain()) scene.link_error += unsure_growth;
  scene.with_launch = !of_one_repetition(model);
  if (model.points.per_repetition && model.options.repetitions) {
    scene.inside = static_cast<double>(*model.options.repetitions);
  }
  return scene;
}

double value_of(const ProgramModel& model, const Draw& draw, Part p, const TermInputs& at) {
  const auto& part = model.part(p);
  if (part.laws.empty()) return 0;
  const Draw::PartLaw& drawn = draw.parts.at(static_cast<std::size_t>(p));
  return std::max(0.0, evaluate(part.laws[drawn.law].terms, drawn.coefficients, at));
}

Times times_of(const ProgramModel& model, const Draw& draw, Scene scene, int ranks) {
  Times t;
  t.computing = value_of(model, draw, Part::computing, scene.at) * scene.threads;
  scene.at.mean = t.computing;
  const auto& excess = model.part(Part::root_excess);
  double by_root = 0;
  if (!excess.laws.empty()) {
    const Draw::PartLaw& drawn = draw.parts.at(static_cast<std::size_t>(Part::root_excess));
    by_root = alone(excess.laws[drawn.law].terms, drawn.coefficients) * scene.threads;
  }
  double longest = std::max(by_root, value_of(model, draw, Part::root_excess, scene.at));
  if (ranks > 2) {
    TermInputs of_others = scene.at;
    of_others.ranks = others(ranks);
    longest = std::max(longest, value_of(model, draw, Part::lag, of_others));
  }
  t.computing += by_root / ranks;
  t.imbalance = longest - by_root / ranks;
  scene.at.link *= std::exp(scene.link_error * draw.link);
  if (ranks > 1) t.communication = value_of(model, draw, Part::communication, scene.at);
  const double root = value_of(model, draw, Part::root, scene.at);
  t.communication += std::max(0.0, root - t.inside());  // Workers wait for their master.
  t.computing *= scene.inside;
  t.imbalance *= scene.inside;
  t.communication *= scene.inside;
  if (scene.with_launch) {
    t.launch = model.points.per_repetition ? scene.at.launch
                                           : value_of(model, draw, Part::outside, scene.at);
    t.launch += value_of(model, draw, Part::before, scene.at);
  }
  return t;
}

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
  const double half = two_sided_90 * model.noise * std::sqrt(1 + 1 / runs) * inside;
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
    noisy.push_back(std::max(0.0, t.inside() * (1 + off)) + t.launch);
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

void check(const ProgramConfig& config) {
  if (config.ranks < 1 || config.nodes < 1 || config.threads < 1 || config.nodes > config.ranks) {
    throw std::invalid_argument(
        fmt::format("no configuration: {} ranks on {} nodes with {} threads each", config.ranks,
                    config.nodes, config.threads));
  }
}

ProgramPrediction times_only(const ProgramModel& model, const ProgramConfig& config) {
  check(config);
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

std::vector<double> drawn_totals(const ProgramModel& model, const ProgramConfig& config) {
  check(config);
  const auto scene = scene_of(model, config);
  std::vector<double> totals;
  if (!scene) return totals;
  totals.reserve(model.draws.size());
  for (const Draw& draw : model.draws) {
    totals.push_back(times_of(model, draw, *scene, config.ranks).total());
  }
  return totals;
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
