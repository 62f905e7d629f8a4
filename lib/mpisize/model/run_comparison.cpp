#include "mpisize/model/run_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace mpisize {
namespace {

constexpr double level = 0.9;
constexpr int replicates = 2000;

std::vector<double> numbers_of(const Repetitions& times) {
  std::vector<double> numbers;
  for (const Seconds time : times) numbers.push_back(time.value());
  return numbers;
}

/// Sum of squares of the logarithms about their mean, and its degrees of freedom.
struct Scatter {
  double squares = 0;
  int degrees = 0;
  int runs = 0;
  int sets = 0;

  void add(const Repetitions& times) {
    if (times.size() < 2) return;
    std::vector<double> logs = numbers_of(times);
    for (double& x : logs) x = std::log(x);
    const int freedom = static_cast<int>(logs.size()) - 1;
    squares += variance(logs) * freedom;
    degrees += freedom;
    runs += static_cast<int>(logs.size());
    ++sets;
  }
};

/// Variance of the median of n values, in variances of one.
double variance_of_median(std::size_t n) {
  const double mean_of_all = 1 / static_cast<double>(n);
  return n <= 2 ? mean_of_all : mean_of_all * std::numbers::pi / 2;
}

ComparedRuns side(const Repetitions& times, std::uint64_t seed) {
  const std::vector<double> numbers = numbers_of(times);
  ComparedRuns runs{static_cast<int>(times.size()), Seconds(median(numbers)), std::nullopt};
  if (times.size() > 1) {
    const Range range = bootstrap_interval(numbers, median, level, replicates, seed);
    runs.interval = Interval{runs.median, Seconds(range.low), Seconds(range.high)};
  }
  return runs;
}

void require_times(const Repetitions& times) {
  if (times.empty()) throw std::invalid_argument("comparison with no run");
  for (const Seconds time : times) {
    if (!(time > Seconds(0)))
      throw std::invalid_argument("comparison of a time that is not above 0");
  }
}

enum class Side { neither, first, second };

/// Runs that repeat each other, while they are gathered.
struct Set {
  const HistoryEntry* first;
  Side side;
  Repetitions times;
};

bool holds(std::span<const HistoryEntry> entries, const HistoryEntry& entry) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const HistoryEntry& e) { return e.id == entry.id; });
}

/// Of a program and machine among them, and comparable.
bool is_kin(std::span<const HistoryEntry> entries, const HistoryEntry& entry) {
  return std::any_of(entries.begin(), entries.end(), [&](const HistoryEntry& e) {
    return e.machine == entry.machine && are_comparable(e, entry) &&
           kinship(e.program, entry.program) <= Kinship::elsewhere;
  });
}

}  // namespace

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::unknown:
      return "unknown";
    case Difference::within_noise:
      return "within_noise";
    case Difference::faster:
      return "faster";
    case Difference::slower:
      return "slower";
  }
  throw std::invalid_argument("unknown difference");
}

std::optional<double> residual(const HistoryEntry& entry) {
  if (!is_whole(entry) || !entry.predicted) return std::nullopt;
  if (!(entry.predicted->value > Seconds(0))) return std::nullopt;
  return entry.seen->wall / entry.predicted->value - 1;
}

std::vector<double> residuals(std::span<const HistoryEntry> entries) {
  std::vector<double> all;
  for (const HistoryEntry& entry : entries) {
    if (const auto r = residual(entry)) all.push_back(*r);
  }
  return all;
}

std::optional<NoiseBand> noise_band(std::size_t a, std::size_t b,
                                    std::span<const Repetitions> sets) {
  Scatter scatter;
  for (const Repetitions& times : sets) scatter.add(times);
  if (scatter.degrees == 0) return std::nullopt;
  const double s = std::sqrt(scatter.squares / scatter.degrees);
  const double t = student_quantile((1 + level) / 2, scatter.degrees);
  const double half = t * s * std::sqrt(variance_of_median(a) + variance_of_median(b));
  return NoiseBand{std::expm1(half), scatter.runs, scatter.sets};
}

RunComparison compare(const Repetitions& a, const Repetitions& b, std::span<const Repetitions> sets,
                      std::uint64_t seed) {
  require_times(a);
  require_times(b);
  for (const Repetitions& times : sets) require_times(times);
  RunComparison comparison;
  comparison.a = side(a, seed);
  comparison.b = side(b, seed + 1);
  comparison.ratio = comparison.b.median / comparison.a.median;
  comparison.noise = noise_band(a.size(), b.size(), sets);
  if (!comparison.noise) return comparison;
  const double most = 1 + comparison.noise->relative;
  if (comparison.ratio > most) {
    comparison.difference = Difference::slower;
  } else {
    comparison.difference =
        comparison.ratio * most < 1 ? Difference::faster : Difference::within_noise;
  }
  return comparison;
}

std::optional<Seconds> comparable_time(const HistoryEntry& entry) {
  if (!entry.seen) return std::nullopt;
  const auto& steady = entry.seen->steady;
  if (!steady && !is_whole(entry)) return std::nullopt;
  if (steady && steady->repetitions <= 0) return std::nullopt;
  const Seconds time =
      steady ? steady->time / static_cast<double>(steady->repetitions) : entry.seen->wall;
  return time > Seconds(0) ? std::optional(time) : std::nullopt;
}

bool are_comparable(const HistoryEntry& a, const HistoryEntry& b) {
  if (!comparable_time(a) || !comparable_time(b)) return false;
  const auto& x = a.seen->steady;
  const auto& y = b.seen->steady;
  return x && y ? x->pattern == y->pattern : !x && !y;
}

std::vector<Repetitions> repetitions_of(std::span<const HistoryEntry> history,
                                        std::span<const HistoryEntry> a,
                                        std::span<const HistoryEntry> b) {
  const bool alike = !a.empty() && !b.empty() && repeats(a.front(), b.front());
  std::vector<Set> sets;
  for (const HistoryEntry& entry : history) {
    if (!is_kin(a, entry) && !is_kin(b, entry)) continue;
    Side side = Side::neither;
    if (alike && holds(a, entry)) side = Side::first;
    if (alike && holds(b, entry)) side = Side::second;
    auto set = std::find_if(sets.begin(), sets.end(), [&](const Set& s) {
      return s.side == side && repeats(*s.first, entry) && are_comparable(*s.first, entry);
    });
    if (set == sets.end()) set = sets.insert(sets.end(), {&entry, side, {}});
    set->times.push_back(*comparable_time(entry));
  }
  std::vector<Repetitions> repetitions;
  for (Set& set : sets) {
    if (set.times.size() > 1) repetitions.push_back(std::move(set.times));
  }
  return repetitions;
}

}  // namespace mpisize
