/// Chooses ranks, schedule, chunk and queue depth.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/placement.hpp"

namespace mpisize {

/// All that a decision rests on.
struct Request {
  Machine machine;
  KernelProfile kernel;
  /// Of ranks that run already, item times being those of speed 1; empty: ranks can be put on any
  /// of the machine's hosts.
  Placement placement;
  PatternKind kind = PatternKind::map;
  std::int64_t items = 0;  ///< Of the whole call; a guess unless kernel.items_known.
  std::int64_t grain = 1;  ///< Chunks of batch and stream are multiples of it.
  /// Rank counts that may be chosen; empty: 1 up to what machine and limits allow.
  std::vector<int> rank_counts;
  std::optional<int> up_to;  ///< Looks at no more ranks; no limit, so no reason either.
  Limits limits;
  Forced forced;
  std::int64_t done =
      0;  ///< Items that are done already: sampled ones, when the plan continues the call.
  int in_flight = 0;         ///< Items that ranks are still computing, and none of those done.
  Seconds spent{};           ///< Since the entry of the call; part of the predicted total.
  Seconds parallel_setup{};  ///< What only a parallel plan has still to pay first, such as a probe.
  bool ranks_are_warm = false;          ///< Every rank has computed before: no one-time cost.
  std::int64_t replay_events = 200000;  ///< Bound of the replays, all together.
  std::uint64_t seed = 1;
};

/// Searches the closed form over the whole grid, replays the finalists, and explains. Throws
/// std::invalid_argument, naming the value, if the request contradicts itself or holds NaN.
[[nodiscard]] Choice choose(const Request& request);

/// What a given plan takes, by replay; limits and what is forced are not looked at. Throws as
/// choose() does.
[[nodiscard]] Prediction predict(const Request& request, int ranks, const ScatterPattern& pattern);

}  // namespace mpisize
