/// What was decided, and why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/placement.hpp"
#include "mpisize/model/prediction.hpp"
#include "mpisize/model/scatter_pattern.hpp"

namespace mpisize {

/// Ranks over nodes, threads per rank.
struct Layout {
  int nodes = 1;
  int rank_count = 1;  ///< Of the whole job, the root counted.
  int threads_per_rank = 1;

  [[nodiscard]] int ranks() const { return rank_count; }
  [[nodiscard]] int ranks_per_node() const { return (rank_count + nodes - 1) / nodes; }
  friend bool operator==(const Layout&, const Layout&) = default;
};

enum class Verdict {
  parallel,
  serial,     ///< Rank 0 alone: more ranks do not pay, or there is only one.
  infeasible  ///< No layout meets the limits.
};

/// What must hold. Empty: no limit.
struct Limits {
  std::optional<int> max_ranks;
  std::optional<Bytes> max_memory;  ///< Per rank, the root included.
  std::optional<Seconds> deadline;  ///< Upper end of the predicted total.
  double min_speedup = 1.2;  ///< Parallel only if the 5 % quantile of the speedup reaches it.
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Decisions taken by the user; each leaves the search.
struct Forced {
  std::optional<int> ranks;
  std::optional<Schedule> schedule;
  std::optional<std::int64_t> chunk;
  std::optional<int> queued;
  std::optional<bool> root_computes;
  std::optional<std::int64_t> window;
  std::optional<bool> ordered;
  std::optional<std::int64_t> batch;
  std::optional<int> group;  ///< Ranks behind a sub-root; 0: the root dispatches to all.
  std::optional<int> rack;   ///< Groups of a rack; 0: the root dispatches to all sub-roots.
  friend bool operator==(const Forced&, const Forced&) = default;
};

/// Another plan that was weighed.
struct Alternative {
  Layout layout;
  ScatterPattern pattern;
  Interval total;
  friend bool operator==(const Alternative&, const Alternative&) = default;
};

/// A plan always comes back and explains itself.
struct Plan {
  Verdict verdict = Verdict::serial;
  Layout layout;
  ScatterPattern pattern;
  /// The nodes of the layout in rank order; empty: any, filled evenly, one after the other.
  std::vector<PlacedNode> placement;
  std::vector<std::string> reasons;          ///< One sentence each, the deciding one first.
  std::optional<std::string> binding_limit;  ///< The limit that shaped or forbade it.
  std::optional<Alternative> runner_up;      ///< Best plan of another kind.
  std::vector<std::string> would_change;     ///< What would lead to another choice.
  friend bool operator==(const Plan&, const Plan&) = default;
};

/// A plan with its prediction.
struct Choice {
  Plan plan;
  Prediction predicted;
  friend bool operator==(const Choice&, const Choice&) = default;
};

}  // namespace mpisize
