#include "mpisize/model/scaling_baselines.hpp"

#include <cmath>
#include <set>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/program_laws.hpp"

namespace mpisize {
namespace {

double launch_part(const ProgramModel& model, const TermInputs& at) {
  return model.points.per_repetition ? 0 : at.launch;
}

/// Wall time of the launcher, or of a repetition.
double measured_total(const ProgramModel& model, const ProgramPoint& point) {
  std::vector<double> totals;
  for (const RunParts& run : point.runs) {
    totals.push_back(run.inside + (model.points.per_repetition ? 0 : run.outside.value_or(0)));
  }
  return median(totals);
}

/// The literature knows nothing of masters: P is all ranks.
TermInputs plain_inputs(const ProgramModel& model, const ProgramConfig& config) {
  TermInputs at = inputs_of(model, config);
  at.ranks = config.ranks;
  return at;
}

std::vector<Term> terms_of(Baseline baseline, const ProgramModel& model) {
  switch (baseline) {
    case Baseline::amdahl:
      return {Term::one, Term::inverse};
    case Baseline::usl:
      return {Term::inverse, Term::others, Term::pairs};
    case Baseline::ernest:
      return {Term::one, Term::inverse, Term::log, Term::linear};
    case Baseline::hockney:
      return {model.scaling == Scaling::weak ? Term::one : Term::inverse};
  }
  return {};
}

}  // namespace

std::string_view name_of(Baseline baseline) {
  constexpr std::array<std::string_view, all_baselines.size()> names{"Amdahl", "USL", "Ernest",
                                                                     "Hockney only"};
  return names.at(static_cast<std::size_t>(baseline));
}

std::optional<double> predict(Baseline baseline, const ProgramModel& model,
                              const ProgramConfig& config) {
  const bool by_links = baseline == Baseline::hockney;
  std::vector<Observed> observed;
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.threads != model.threads.base) continue;
    const double total = measured_total(model, point);
    if (total <= 0) continue;
    Observed o;
    o.at = plain_inputs(model, point.config);
    o.value = by_links ? std::max(0.0, total - o.at.link - launch_part(model, o.at)) : total;
    o.error = total;
    observed.push_back(o);
  }
  if (observed.empty()) return std::nullopt;
  const std::vector<Term> terms = terms_of(baseline, model);
  const TermInputs at = plain_inputs(model, config);
  const double fitted = evaluate(terms, fit_coefficients(terms, observed), at);
  return by_links ? fitted + at.link + launch_part(model, at) : fitted;
}

std::vector<HeldOut> held_out(const std::vector<ProgramRun>& runs, const Machine& machine,
                              const ProgramModelOptions& options) {
  constexpr std::size_t fewest = 3;
  std::vector<HeldOut> table;
  ProgramModelOptions of_repetition = options;
  of_repetition.repetitions.reset();
  const ProgramModel all = fit_program(runs, machine, of_repetition);
  if (all.rank_counts.size() < fewest) return table;
  for (const int left_out : all.rank_counts) {
    std::vector<ProgramRun> others;
    for (const ProgramRun& run : runs) {
      if (run.ranks != left_out) others.push_back(run);
    }
    const ProgramModel model = fit_program(others, machine, of_repetition);
    for (const ProgramPoint& point : all.points.points) {
      if (point.config.ranks != left_out || point.config.threads != all.threads.base) continue;
      HeldOut row{left_out, measured_total(all, point), {}, {}};
      const auto error_of = [&](double predicted) { return predicted / row.measured - 1; };
      const double ours = predict(model, point.config).total.value.value();
      if (ours > 0) row.of_model = error_of(ours);
      for (std::size_t i = 0; i < all_baselines.size(); ++i) {
        const auto predicted = predict(all_baselines.at(i), model, point.config);
        if (predicted) row.of_baselines.at(i) = error_of(*predicted);
      }
      table.push_back(row);
    }
  }
  return table;
}

}  // namespace mpisize
