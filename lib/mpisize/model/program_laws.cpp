#include "mpisize/model/program_laws.hpp"

#include <algorithm>
#include <cmath>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using T = Term;

std::vector<Law> computing_laws(const ProgramModel& model) {
  constexpr double likely = 1;
  constexpr double less = 0.3;
  constexpr double rare = 0.1;
  std::vector<Law> laws{{{T::inverse}, likely},
                        {{T::one, T::inverse}, likely},
                        {{T::inverse, T::inverse_two_thirds}, less},
                        {{T::inverse, T::inverse_sqrt}, less},
                        {{T::one, T::inverse, T::linear}, rare},
                        {{T::one}, likely},
                        {{T::one, T::log}, less},
                        {{T::one, T::sqrt}, rare},
                        {{T::one, T::linear}, less}};
  if (model.options.scaling == Scaling::strong) {
    std::erase_if(laws, [](const Law& l) { return l.terms.front() == T::one && l.prior < likely; });
  }
  return laws;
}

/// Nothing is known but the wall time: computing and communication together.
std::vector<Law> wall_laws() {
  constexpr double likely = 1;
  constexpr double less = 0.3;
  constexpr double rare = 0.1;
  return {{{T::inverse}, likely},
          {{T::one, T::inverse}, likely},
          {{T::inverse, T::share_lag}, likely},
          {{T::inverse, T::log}, less},
          {{T::inverse, T::linear}, less},
          {{T::inverse, T::inverse_sqrt}, less},
          {{T::inverse, T::inverse_two_thirds}, less},
          {{T::one, T::inverse, T::share_lag}, less},
          {{T::one, T::inverse, T::log}, rare},
          {{T::one, T::inverse, T::linear}, rare},
          {{T::workers}, less},
          {{T::one, T::workers}, less},
          {{T::one}, less},
          {{T::one, T::slowest}, less},
          {{T::one, T::log}, less},
          {{T::one, T::linear}, less},
          {{T::one, T::sqrt}, rare}};
}

std::vector<Law> lag_laws() {
  constexpr double likely = 1;
  constexpr double rare = 0.1;
  constexpr double less = 0.3;
  return {{{T::mean_lag}, likely}, {{T::slowest}, rare}, {{T::mean_lag, T::slowest}, less}};
}

std::vector<Law> communication_laws(bool linked) {
  constexpr double likely = 1;
  constexpr double half = 0.5;
  constexpr double less = 0.3;
  // Where calls and links are known something else must be much better.
  const double rare = linked ? 0.03 : 0.3;
  std::vector<Law> laws{{{T::log}, rare},     {{T::linear}, rare},
                        {{T::others}, rare},  {{T::mean_lag}, less},
                        {{T::inverse}, rare}, {{T::inverse_sqrt}, rare},
                        {{T::slowest}, rare}, {{T::log, T::mean_lag}, rare}};
  if (linked) {
    laws.push_back({{T::link}, likely});
    laws.push_back({{T::link, T::mean_lag}, likely});
    laws.push_back({{T::link, T::slowest}, half});
    laws.push_back({{T::link, T::others}, less});
    laws.push_back({{T::link, T::linear}, half});
    laws.push_back({{T::link, T::linear, T::mean_lag}, half});
  }
  return laws;
}

}  // namespace

double alone(std::span<const Term> terms, std::span<const double> coefficients) {
  double sum = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i] == Term::one) sum += coefficients[i];
  }
  return sum;
}

std::optional<Anchor> anchor_of(Part part) {
  // A launch is probed by itself, links by messages of another pattern.
  constexpr double launch_error = 0.3;
  if (part == Part::outside) return Anchor{Term::launch, 1, launch_error};
  if (part != Part::communication) return std::nullopt;
  return Anchor{Term::link, 1, 1};
}

TermInputs inputs_of(const ProgramModel& model, const ProgramConfig& config) {
  TermInputs at;
  at.ranks = sharing(config.ranks, model.points.master_worker);
  at.link = link_time(model.calls, model.machine, config).value();
  at.launch = launch_time(model.machine.launch, config.nodes, config.ranks).value.value();
  return at;
}

std::vector<Law> laws_of(Part part, const ProgramModel& model) {
  constexpr double likely = 1;
  constexpr double less = 0.3;
  switch (part) {
    case Part::computing:
      return model.points.profiled ? computing_laws(model) : wall_laws();
    case Part::root_excess:
      return {{{}, likely}, {{T::one}, likely}, {{T::mean}, less}};
    case Part::lag:
      return lag_laws();
    case Part::communication:
      return communication_laws(!model.calls.empty() && !model.machine.links.empty());
    case Part::outside:
      return {{{T::launch}, likely},
              {{T::one}, less},
              {{T::one, T::launch}, likely},
              {{T::one, T::linear}, likely}};
    case Part::before:
      return {{{T::one}, likely}, {{T::one, T::inverse}, less}, {{T::inverse}, less}};
    case Part::root:
      return {{{T::one}, likely}, {{T::one, T::linear}, less}};
    case Part::rank_memory:
    case Part::mean_memory:
      return {{{T::one}, likely},
              {{T::one, T::inverse}, likely},
              {{T::inverse}, less},
              {{T::one, T::linear}, less}};
  }
  return {};
}

}  // namespace mpisize
