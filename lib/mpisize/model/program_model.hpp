/// Scaling model of a whole program: what it takes with any number of ranks, from runs with a few.
///
///   T(P) = launch + max(mean computing + imbalance + communication, root of master and workers)
///
/// Each part is fitted apart, by laws of growth (growth_law.hpp): computing by serial part + share
/// / P and others, imbalance by a serial root or the largest of P, communication by the link model
/// applied to the calls counted as they grow with P (program_calls.hpp), times a fitted correction,
/// plus waiting in proportion to the work. Where several laws are about as good, all are kept with
/// their weights: their disagreement is part of the interval.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/growth_law.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_calls.hpp"
#include "mpisize/model/program_points.hpp"

namespace mpisize {

enum class Scaling {
  strong,  ///< The work in all stays the same.
  weak     ///< The work of each rank stays the same.
};
[[nodiscard]] std::string_view name_of(Scaling scaling);

struct ProgramModelOptions {
  std::optional<Scaling> scaling;  ///< Given by the user; empty: told from the work in all.
  /// Relative residuals of earlier predictions; below 10 of them 5 % are assumed at four times the
  /// ranks seen, less nearer to them and more beyond.
  ModelError error;
  /// Of a whole run, where runs were cut off; empty: predictions are of one repetition.
  std::optional<std::int64_t> repetitions;
  /// Ranks are dealt to all nodes in turn (mpirun --map-by node), not to as few as have the cores.
  bool dealt = false;
  std::uint64_t seed = 1;
};

/// Parts that are fitted apart, all in seconds but memory, in bytes.
enum class Part {
  computing,
  root_excess,
  lag,
  communication,
  outside,  ///< The launcher's time besides the program's.
  before,   ///< From MPI_Init to the stretch that was measured.
  root,     ///< Busy time of the root of master and workers.
  rank_memory,
  mean_memory
};
inline constexpr std::size_t part_count = 9;

struct FittedPart {
  std::vector<Observed> observed;
  std::vector<FittedLaw> laws;  ///< Best first; empty: the part is 0.
};

/// A law for each part, drawn by the weights, with coefficients refitted to observations that are
/// drawn within their errors (parametric bootstrap, Efron and Tibshirani 1993), and standard normal
/// deviates for what the laws do not know.
struct Draw {
  struct PartLaw {
    std::size_t law = 0;
    std::vector<double> coefficients;
  };
  std::array<PartLaw, part_count> parts;
  double link = 0;
  double model = 0;
  double noise = 0;
  double launch_noise = 0;
};

/// Effect of threads on computing, as factor of the time with the base number of threads.
struct ThreadEffect {
  int base = 1;
  std::map<int, double> measured;  ///< By threads per rank, the base left out.
  /// Share of the computing that threads divide (Amdahl 1967 within a rank).
  std::optional<double> share;
  /// Empty: beyond the thread counts that were measured.
  [[nodiscard]] std::optional<double> factor(int threads) const;
};

struct ProgramModel {
  ProgramPoints points;
  Machine machine;
  ProgramModelOptions options;
  ProgramCalls calls;
  std::array<FittedPart, part_count> parts;
  std::vector<Draw> draws;
  ThreadEffect threads;
  std::optional<Scaling> scaling;     ///< Empty: one rank count does not tell.
  std::optional<double> work_growth;  ///< d log(work in all) / d log P.
  double noise = 0;                   ///< Relative, of a run beside another, launch left out.
  double launch_noise = 0;            ///< Relative, of the launch.
  std::vector<int> rank_counts;       ///< Seen with the base number of threads.
  [[nodiscard]] const FittedPart& part(Part p) const { return parts[static_cast<std::size_t>(p)]; }
};

/// Throws std::invalid_argument without a run, for what program_points() refuses, and for
/// repetitions below 1.
[[nodiscard]] ProgramModel fit_program(const std::vector<ProgramRun>& runs, const Machine& machine,
                                       const ProgramModelOptions& options = {});

/// Why the runs do not carry a prediction, and which further one would tell.
struct Refusal {
  std::string reason;
  ProgramConfig telling;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

struct ProgramPrediction {
  ProgramConfig config;
  Interval total;  ///< Of the launcher's wall time, or of one repetition.
  bool per_repetition = false;
  Seconds computing{};  ///< The parts add up to the total.
  Seconds imbalance{};
  Seconds communication{};
  Seconds launch{};
  /// T(reference) x cores of it / (T x cores); of weak scaling T(reference) / T. The reference is
  /// one rank, or one worker with a master that is not counted.
  double efficiency = 1;
  double speedup = 1;  ///< T(reference) / T; of weak scaling times the ranks in comparison.
  std::optional<Bytes> rank_memory;       ///< Peak of the largest rank.
  std::optional<Bytes> node_memory;       ///< Of the node with it, all ranks' peaks.
  std::optional<Bytes> node_memory_high;  ///< By the most demanding law that is not improbable.
  std::string rests_on;  ///< "measured, 3 runs", "laws fitted to runs on 2, 4 and 8".
  bool measured = false;
  std::optional<Refusal> refusal;  ///< If there is one, the times above are not to be used.
  friend bool operator==(const ProgramPrediction&, const ProgramPrediction&) = default;
};

/// A prediction whose 90 % interval reaches further than this from its value, relatively, is of no
/// use to decide on and refused.
inline constexpr double useful_half_width = 0.35;
/// And so is one for more than this times the ranks seen.
inline constexpr double furthest = 32;

/// Configurations that were run are predicted as measured. Throws std::invalid_argument for fewer
/// than one rank, node or thread, or more nodes than ranks.
[[nodiscard]] ProgramPrediction predict(const ProgramModel& model, const ProgramConfig& config);

/// Seconds by every draw, in the same order for all configurations; without noise. Empty where
/// threads are beyond what was measured.
[[nodiscard]] std::vector<double> drawn_totals(const ProgramModel& model,
                                               const ProgramConfig& config);

/// The configuration that efficiency and speed-up compare with.
[[nodiscard]] ProgramConfig reference_of(const ProgramModel& model);

}  // namespace mpisize
