#include "mpisize/choose/program_planner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mpisize/choose/program_candidates.hpp"
#include "mpisize/choose/program_reasons.hpp"

namespace mpisize {
namespace {

constexpr double equal = 1.01;  ///< Plans that differ by less count as equal.

double cores(const ProgramCandidate& c) {
  return static_cast<double>(c.predicted.config.ranks) * c.predicted.config.threads;
}

/// The least of the goal; of equal ones the fewest cores, then the fewest ranks.
const ProgramCandidate* best_of(const ProgramRequest& r, const std::vector<ProgramCandidate>& all) {
  double least = std::numeric_limits<double>::infinity();
  for (const ProgramCandidate& c : all) least = std::min(least, objective(r, c));
  const ProgramCandidate* best = nullptr;
  const bool by_cores = r.goal == Goal::time;
  const auto better = [&](const ProgramCandidate& a, const ProgramCandidate& b) {
    // Of those that cost the same the faster one.
    if (!by_cores) return a.predicted.total.value < b.predicted.total.value;
    if (cores(a) != cores(b)) return cores(a) < cores(b);
    return objective(r, a) < objective(r, b);
  };
  for (const ProgramCandidate& c : all) {
    if (objective(r, c) > equal * least) continue;
    if (best == nullptr || better(c, *best)) best = &c;
  }
  return best;
}

/// Share of the draws by which a takes less time than b.
double agreeing(const ProgramModel& model, const ProgramCandidate& a, const ProgramCandidate& b) {
  const std::vector<double> fast = drawn_totals(model, a.predicted.config);
  const std::vector<double> slow = drawn_totals(model, b.predicted.config);
  double faster = 0;
  for (std::size_t i = 0; i < std::min(fast.size(), slow.size()); ++i) {
    if (fast[i] < slow[i]) faster += 1;
  }
  return fast.empty() ? 0 : faster / static_cast<double>(fast.size());
}

/// Faster by a twentieth at least, with intervals apart, and by law. The best of many measurements
/// is often a lucky one: laws, which join them all, must agree, or the intervals be far apart.
bool surely_faster(const ProgramModel& model, const ProgramCandidate& a,
                   const ProgramCandidate& b) {
  constexpr double least_speedup = 1.05;
  constexpr double sure = 0.95;
  const auto& fast = a.predicted.total;
  const auto& slow = b.predicted.total;
  if (slow.value < fast.value * least_speedup) return false;
  const Seconds gain = slow.value - fast.value;
  const Seconds doubt = (fast.high - fast.value) + (slow.value - slow.low);
  return gain > 2 * doubt || (gain > doubt && agreeing(model, a, b) >= sure);
}

void mark_front(std::vector<ProgramCandidate>& all) {
  for (ProgramCandidate& c : all) {
    c.on_front = std::none_of(all.begin(), all.end(), [&](const ProgramCandidate& o) {
      const bool no_worse =
          o.predicted.total.value <= c.predicted.total.value && o.core_hours <= c.core_hours;
      const bool better =
          o.predicted.total.value < c.predicted.total.value || o.core_hours < c.core_hours;
      return no_worse && better;
    });
  }
}

bool same_config(const ProgramCandidate& a, const ProgramCandidate& b) {
  return a.predicted.config == b.predicted.config;
}

/// Among those that do the least in the goal's unit besides the chosen one.
std::optional<ProgramCandidate> second(const ProgramRequest& r,
                                       const std::vector<ProgramCandidate>& all,
                                       const ProgramCandidate& chosen) {
  std::optional<ProgramCandidate> next;
  for (const ProgramCandidate& c : all) {
    if (same_config(c, chosen)) continue;
    if (!next || objective(r, c) < objective(r, *next)) next = c;
  }
  return next;
}

void choose_infeasible(const ProgramRequest& r, const ProgramDeliberation& weighed,
                       ProgramChoice& choice) {
  choice.verdict = Verdict::infeasible;
  if (weighed.candidates.empty()) {
    choice.binding_limit = weighed.refused.empty() ? "number of ranks" : "runs";
    if (!weighed.refused.empty()) choice.chosen = weighed.refused.front();
    return;
  }
  choice.chosen = *std::min_element(weighed.candidates.begin(), weighed.candidates.end(),
                                    [&](const ProgramCandidate& a, const ProgramCandidate& b) {
                                      return worst_ratio(r, a) < worst_ratio(r, b);
                                    });
  choice.binding_limit = worst_limit(r, choice.chosen);
}

}  // namespace

ProgramChoice choose_program(const ProgramRequest& request) {
  ProgramDeliberation weighed;
  for (ProgramCandidate& c : program_candidates(request)) {
    auto& list = c.predicted.refusal ? weighed.refused : weighed.candidates;
    list.push_back(std::move(c));
  }
  mark_front(weighed.candidates);
  std::vector<ProgramCandidate> allowed;
  for (const ProgramCandidate& c : weighed.candidates) {
    if (c.breaks.empty()) allowed.push_back(c);
    if (c.predicted.config.ranks == 1 &&
        (!weighed.serial || objective(request, c) < objective(request, *weighed.serial))) {
      weighed.serial = c;
    }
  }
  if (const auto* best = best_of(request, weighed.candidates)) weighed.unlimited = *best;
  ProgramChoice choice;
  choice.goal = request.goal;
  const ProgramCandidate* best = best_of(request, allowed);
  if (best == nullptr) {
    choose_infeasible(request, weighed, choice);
  } else {
    const bool serial_allowed = weighed.serial && weighed.serial->breaks.empty();
    const bool by_work = request.model.options.scaling == Scaling::weak;
    if (request.goal == Goal::time && !by_work && serial_allowed &&
        best->predicted.config.ranks > 1 && !surely_faster(request.model, *best, *weighed.serial)) {
      weighed.gain_in_doubt = true;
      best = &*weighed.serial;
    }
    choice.chosen = *best;
    choice.verdict = best->predicted.config.ranks > 1 ? Verdict::parallel : Verdict::serial;
    choice.runner_up = second(request, allowed, choice.chosen);
    if (weighed.unlimited && !same_config(*weighed.unlimited, choice.chosen)) {
      choice.binding_limit = worst_limit(request, *weighed.unlimited);
    }
  }
  mark_front(allowed);
  for (const ProgramCandidate& c : allowed) {
    if (c.on_front || same_config(c, choice.chosen)) choice.front.push_back(c);
  }
  std::stable_sort(choice.front.begin(), choice.front.end(),
                   [](const ProgramCandidate& a, const ProgramCandidate& b) {
                     return a.predicted.config < b.predicted.config;
                   });
  for (const ProgramCandidate& c : choice.front) {
    if (same_config(c, choice.chosen)) choice.chosen.on_front = c.on_front;
  }
  explain(request, weighed, choice);
  return choice;
}

}  // namespace mpisize
