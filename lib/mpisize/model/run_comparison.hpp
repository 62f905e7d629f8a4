/// Runs of programs against each other and against their predictions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/base/units.hpp"
#include "mpisize/model/history_entry.hpp"

namespace mpisize {

/// Measured / predicted - 1 of an entry; empty unless it was predicted and ran to a good end.
[[nodiscard]] std::optional<double> residual(const HistoryEntry& entry);

/// Of all entries that have one, in their order: what ModelError takes.
[[nodiscard]] std::vector<double> residuals(std::span<const HistoryEntry> entries);

/// Times of runs that repeat each other.
using Repetitions = std::vector<Seconds>;

/// How far apart two medians may be by noise alone.
struct NoiseBand {
  /// The ratio of the medians stays within 1 / (1 + relative) to 1 + relative in 90 % of cases.
  double relative = 0;
  int runs = 0;  ///< Whose scatter it comes from.
  int sets = 0;  ///< Of repetitions that these runs form.
  friend bool operator==(const NoiseBand&, const NoiseBand&) = default;
};

/// One side of a comparison.
struct ComparedRuns {
  int runs = 0;
  Seconds median{};
  /// 90 % of the median by bootstrap (Efron 1979); empty for one run. Of few runs it is too narrow:
  /// the verdict goes by the noise band.
  std::optional<Interval> interval;
  friend bool operator==(const ComparedRuns&, const ComparedRuns&) = default;
};

enum class Difference { unknown, within_noise, faster, slower };
[[nodiscard]] std::string_view name_of(Difference difference);

struct RunComparison {
  ComparedRuns a;
  ComparedRuns b;
  double ratio = 1;                             ///< Median of B / median of A.
  std::optional<NoiseBand> noise;               ///< Empty: nothing was ever run twice.
  Difference difference = Difference::unknown;  ///< How B is, seen from A.
  friend bool operator==(const RunComparison&, const RunComparison&) = default;
};

/// For medians of `a` and of `b` runs, from the scatter within `sets` of repetitions: the variance
/// s^2 of the logarithms of a set, pooled over all of them with n - 1 degrees of freedom each. With
/// Student's t (1908) at 95 % for these degrees the ratio of the medians is within
/// exp(t s sqrt(v(a) + v(b))) of 1, where v(n) = 1/n up to two runs and pi/(2 n), the large-sample
/// variance of a median, above. Empty if no set has two runs.
[[nodiscard]] std::optional<NoiseBand> noise_band(std::size_t a, std::size_t b,
                                                  std::span<const Repetitions> sets);

/// Compares the times of A and B; one run a side is enough if others were repeated. Throws
/// std::invalid_argument for an empty side and for times that are not above 0.
[[nodiscard]] RunComparison compare(const Repetitions& a, const Repetitions& b,
                                    std::span<const Repetitions> sets, std::uint64_t seed);

/// The time by which an entry is compared: of the whole program, or per repetition of the pattern
/// where it was cut off in its steady state. Empty without either, and for 0.
[[nodiscard]] std::optional<Seconds> comparable_time(const HistoryEntry& entry);

/// Whether two entries have comparable times, of one kind: whole, or per repetition of one pattern.
[[nodiscard]] bool are_comparable(const HistoryEntry& a, const HistoryEntry& b);

/// The sets of two and more runs of `history` that repeat each other, of the programs and machines
/// of A and B and comparable to them. Those of A and B are among them if they are in the history;
/// where A and B would repeat each other they are sets of their own: what is asked is whether they
/// do.
[[nodiscard]] std::vector<Repetitions> repetitions_of(std::span<const HistoryEntry> history,
                                                      std::span<const HistoryEntry> a,
                                                      std::span<const HistoryEntry> b);

}  // namespace mpisize
