#include "mpisize/model/program_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mpisize/model/program_laws.hpp"

namespace mpisize {
namespace {

void check(const ProgramConfig& config) {
  if (config.ranks < 1 || config.nodes < 1 || config.threads < 1 || config.nodes > config.ranks) {
    throw std::invalid_argument(
        fmt::format("no configuration: {} ranks on {} nodes with {} threads each", config.ranks,
                    config.nodes, config.threads));
  }
}

double value_of(const ProgramModel& model, const Draw& draw, Part p, const TermInputs& at) {
  const auto& part = model.part(p);
  if (part.laws.empty()) return 0;
  const Draw::PartLaw& drawn = draw.parts.at(static_cast<std::size_t>(p));
  return std::max(0.0, evaluate(part.laws[drawn.law].terms, drawn.coefficients, at));
}

}  // namespace

bool of_one_repetition(const ProgramModel& model) {
  return model.points.per_repetition && !model.options.repetitions;
}

std::optional<Scene> scene_of(const ProgramModel& model, const ProgramConfig& config) {
  check(config);
  const auto factor = model.threads.factor(config.threads);
  if (!factor) return std::nullopt;
  constexpr double at_least = 0.05;
  constexpr double other_level = 0.3;
  constexpr double unsure_growth = 0.3;
  Scene scene;
  scene.at = inputs_of(model, config);
  scene.threads = *factor;
  scene.root_receives = root_receive_time(model.calls, model.machine, config).value();
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
  const double root = value_of(model, draw, Part::root, scene.at) + scene.root_receives;
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

std::vector<double> drawn_totals(const ProgramModel& model, const ProgramConfig& config) {
  const auto scene = scene_of(model, config);
  std::vector<double> totals;
  if (!scene) return totals;
  totals.reserve(model.draws.size());
  for (const Draw& draw : model.draws) {
    totals.push_back(times_of(model, draw, *scene, config.ranks).total());
  }
  return totals;
}

}  // namespace mpisize
