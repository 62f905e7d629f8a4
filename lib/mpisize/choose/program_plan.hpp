/// How a whole program is to be started, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/program_model.hpp"

namespace mpisize {

/// What is to be least.
enum class Goal { time, core_hours, energy, cost };
[[nodiscard]] std::string_view name_of(Goal goal);

/// What must hold of a program's run. Empty: no limit. Of predicted times and what follows from
/// them the upper end of the 90 % interval must hold it.
struct ProgramLimits {
  std::optional<int> max_ranks;
  std::optional<Bytes> node_memory;  ///< Empty: what the machine grants per node.
  std::optional<Seconds> deadline;
  std::optional<double> min_efficiency;  ///< 0.5: half of the cores' time is to be of use.
  /// In money where there is a price, in core-hours otherwise.
  std::optional<double> budget;
  friend bool operator==(const ProgramLimits&, const ProgramLimits&) = default;
};

/// What a run costs besides time.
struct Rates {
  std::optional<double> core_hour;  ///< Money for a core-hour.
  bool whole_nodes = false;  ///< All cores granted on a node are paid for, with or without ranks.
  friend bool operator==(const Rates&, const Rates&) = default;
};

/// A configuration that was weighed.
struct ProgramCandidate {
  ProgramPrediction predicted;
  double core_hours = 0;                   ///< Of those paid for.
  std::optional<double> cost;              ///< Money; empty: no price.
  std::optional<Estimate<Joules>> energy;  ///< Empty: not measured, or not with so many cores.
  /// No other takes both less time and fewer core-hours.
  bool on_front = false;
  /// Limits that it breaks: "deadline", "memory of a node", "min_efficiency", "budget".
  std::vector<std::string> breaks;
  friend bool operator==(const ProgramCandidate&, const ProgramCandidate&) = default;
};

/// A choice always comes back and explains itself.
struct ProgramChoice {
  Verdict verdict = Verdict::serial;  ///< Serial: one rank, with any number of threads.
  Goal goal = Goal::time;
  ProgramCandidate chosen;                   ///< Infeasible: the nearest to what the limits allow.
  std::vector<std::string> reasons;          ///< One sentence each, the deciding one first.
  std::optional<std::string> binding_limit;  ///< The limit that shaped or forbade it.
  std::optional<ProgramCandidate> runner_up;
  std::vector<std::string> would_change;
  std::vector<ProgramCandidate> front;  ///< By ranks: those within the limits that are on it.
  friend bool operator==(const ProgramChoice&, const ProgramChoice&) = default;
};

}  // namespace mpisize
