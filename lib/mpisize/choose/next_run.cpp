#include "mpisize/choose/next_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/choose/candidates.hpp"
#include "mpisize/choose/program_candidates.hpp"

namespace mpisize {
namespace {

/// Counts that can be run, ascending.
std::vector<int> at_hand(const std::vector<int>& rank_counts, int most) {
  std::vector<int> counts = rank_counts.empty() ? rank_grid(std::max(1, most)) : rank_counts;
  std::erase_if(counts, [most](int count) { return count < 1 || count > most; });
  std::sort(counts.begin(), counts.end());
  return counts;
}

/// Nodes as the planner takes them.
ProgramConfig config_of(const ProgramRequest& request, int ranks, int threads) {
  const ProgramModel& model = request.model;
  return {ranks, nodes_for(model.machine.topology, ranks, threads, model.options.dealt), threads};
}

const ProgramPoint* point_of(const ProgramModel& model, const ProgramConfig& config) {
  const auto found =
      std::find_if(model.points.points.begin(), model.points.points.end(),
                   [&](const ProgramPoint& point) { return point.config == config; });
  return found == model.points.points.end() ? nullptr : &*found;
}

/// A run to the end takes no longer than it may; one that is cut off ends when it is told to.
bool affordable(const ProgramModel& model, const ProgramConfig& config, const Sampling& sampling) {
  return model.points.per_repetition || predict(model, config).total.value <= sampling.longest_run;
}

bool is_new(const ProgramModel& model, const ProgramConfig& config) {
  return std::find(model.rank_counts.begin(), model.rank_counts.end(), config.ranks) ==
         model.rank_counts.end();
}

std::optional<NextRun> second_count(const ProgramRequest& request, const Sampling& sampling) {
  constexpr double far_enough = 4;
  const ProgramModel& model = request.model;
  const int seen = model.rank_counts.empty() ? 1 : model.rank_counts.front();
  double time = 0;
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.ranks == seen) time = median_of(point, &RunParts::inside);
  }
  int best = 0;
  double furthest = 1;
  for (const int count : at_hand(request.rank_counts, sampling.most_ranks)) {
    const double ratio =
        count > seen ? static_cast<double>(count) / seen : static_cast<double>(seen) / count;
    const bool too_long =
        !model.points.per_repetition && count < seen && time * ratio > sampling.longest_run.value();
    if (count == seen || too_long || (model.points.master_worker && count < 2)) continue;
    const double away = std::min(ratio, far_enough);
    // Of those as far away the nearest one: least is extrapolated from it.
    if (away > furthest || (away == furthest && ratio <= far_enough && best > 0)) {
      furthest = away;
      best = count;
    }
  }
  if (best == 0) return std::nullopt;
  return NextRun{config_of(request, best, model.threads.base),
                 false,
                 {},
                 fmt::format("one number of ranks ({}) says nothing about another", seen)};
}

std::optional<NextRun> threads_run(const ProgramRequest& request, const Sampling& sampling) {
  const ProgramModel& model = request.model;
  for (const int threads : request.threads) {
    if (threads == model.threads.base || model.threads.measured.contains(threads)) continue;
    for (const int count : model.rank_counts) {
      const ProgramConfig config = config_of(request, count, threads);
      if (count * threads > sampling.most_ranks) break;
      return NextRun{
          config, false, {}, fmt::format("what {} threads per rank do has not been seen", threads)};
    }
  }
  return std::nullopt;
}

std::optional<NextRun> first_repetition(const ProgramModel& model, const Sampling& sampling) {
  const ProgramPoint* quickest = nullptr;
  for (const ProgramPoint& point : model.points.points) {
    if (point.runs.size() > 1) return std::nullopt;
    if (quickest == nullptr ||
        median_of(point, &RunParts::inside) < median_of(*quickest, &RunParts::inside)) {
      quickest = &point;
    }
  }
  if (quickest == nullptr || sampling.repeats < 2) return std::nullopt;
  return NextRun{quickest->config, true, {}, "no run was repeated: how much they vary is assumed"};
}

/// A candidate that may still be the best, and what every draw says of it.
struct Target {
  double value = 0;
  std::vector<double> draws;
};

std::vector<Target> targets_of(const ProgramRequest& request) {
  const auto candidates = program_candidates(request);
  // In the goal's unit, at the ends of the interval.
  const auto end = [&](const ProgramCandidate& c, Seconds at) {
    const double value = c.predicted.total.value.value();
    return value > 0 ? objective(request, c) * at.value() / value : HUGE_VAL;
  };
  double best_high = HUGE_VAL;
  for (const ProgramCandidate& c : candidates) {
    if (!c.predicted.refusal) best_high = std::min(best_high, end(c, c.predicted.total.high));
  }
  std::vector<Target> targets;
  for (const ProgramCandidate& c : candidates) {
    if (!(end(c, c.predicted.total.low) < best_high)) continue;
    Target target{c.predicted.total.value.value(), drawn_totals(request.model, c.predicted.config)};
    if (target.value > 0 && !target.draws.empty()) targets.push_back(std::move(target));
  }
  return targets;
}

double covariance(const std::vector<double>& a, const std::vector<double>& b) {
  const double ma = mean(a);
  const double mb = mean(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - ma) * (b[i] - mb);
  return sum / static_cast<double>(a.size() - 1);
}

/// Sum of relative standard deviations of the targets, before and after the outcome is known.
struct Widths {
  double before = 0;
  double after = 0;
};

Widths widths(const std::vector<Target>& targets, const std::vector<double>& outcome,
              double noise) {
  Widths w;
  const double of_outcome = variance(outcome) + std::pow(noise * mean(outcome), 2);
  for (const Target& t : targets) {
    const double all = variance(t.draws);
    const double explained =
        of_outcome > 0 ? std::pow(covariance(t.draws, outcome), 2) / of_outcome : 0;
    w.before += std::sqrt(all) / t.value;
    w.after += std::sqrt(std::max(0.0, all - explained)) / t.value;
  }
  return w;
}

bool narrow_enough(const std::vector<Target>& targets, double narrow) {
  constexpr double two_sided_90 = 1.645;
  return std::all_of(targets.begin(), targets.end(), [&](const Target& t) {
    return two_sided_90 * std::sqrt(variance(t.draws)) <= narrow * t.value;
  });
}

std::string why(std::size_t targets, double gain, bool third) {
  const std::string narrowing = fmt::format(
      "narrows what {} configuration{} that may be the best take{} by {:.0f} %", targets,
      targets == 1 ? "" : "s", targets == 1 ? "s" : "", 100 * std::max(0.0, gain));
  return third ? "two rank counts leave no third one to check them by; it " + narrowing : narrowing;
}

std::optional<NextRun> most_telling(const ProgramRequest& request, const Sampling& sampling) {
  constexpr std::size_t enough_counts = 3;
  const ProgramModel& model = request.model;
  const std::vector<Target> targets = targets_of(request);
  // Of two counts no third one can be held against what they say.
  const bool third = model.rank_counts.size() < enough_counts;
  const double least_gain = third ? -1 : 0.05;
  if (!third && narrow_enough(targets, sampling.narrow)) return std::nullopt;
  std::vector<ProgramConfig> possible;
  for (const int count : at_hand(request.rank_counts, sampling.most_ranks)) {
    if (model.points.master_worker && count < 2) continue;
    possible.push_back(config_of(request, count, model.threads.base));
  }
  for (const ProgramPoint& point : model.points.points) {
    if (point.config.threads == model.threads.base) possible.push_back(point.config);
  }
  const bool third_possible =
      third && std::any_of(possible.begin(), possible.end(), [&](const ProgramConfig& config) {
        return is_new(model, config) && affordable(model, config, sampling);
      });
  std::optional<NextRun> best;
  for (const ProgramConfig& config : possible) {
    const ProgramPoint* point = point_of(model, config);
    const bool new_count = is_new(model, config);
    if (third && !new_count && third_possible) continue;
    if (point != nullptr && point->runs.size() >= sampling.repeats) continue;
    if (new_count && model.rank_counts.size() >= sampling.counts) continue;
    if (!affordable(model, config, sampling)) continue;
    const std::vector<double> outcome = drawn_totals(model, config);
    const Widths w = widths(targets, outcome, model.noise);
    const double gain = w.before > 0 ? 1 - w.after / w.before : 0;
    if (gain < least_gain || (best && gain <= *best->narrows)) continue;
    best = NextRun{config, point != nullptr, gain, why(targets.size(), gain, third_possible)};
  }
  return best;
}

}  // namespace

std::optional<NextRun> first_run(const std::vector<int>& rank_counts, const Sampling& sampling) {
  const std::vector<int> counts = at_hand(rank_counts, sampling.most_ranks);
  if (counts.empty()) return std::nullopt;
  return NextRun{{counts.back(), 1, 1}, false, {}, "the most ranks at hand: the shortest run"};
}

std::optional<NextRun> next_run(const ProgramRequest& request, const Sampling& sampling) {
  if (request.model.rank_counts.size() < 2) return second_count(request, sampling);
  if (auto run = threads_run(request, sampling)) return run;
  if (auto run = first_repetition(request.model, sampling)) return run;
  return most_telling(request, sampling);
}

}  // namespace mpisize
