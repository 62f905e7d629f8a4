/// Runs what is left of a call by a plan.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/report.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/dispatcher.hpp"
#include "mpisize/mpi/supply.hpp"

namespace mpisize {

/// What a root needs to run chunks.
struct Workshop {
  Communicator* comm;
  Dispatcher* dispatcher;
  Exchange* task;
  std::vector<RankWork>* use;  ///< By rank; added to.
  /// The results of these runs are in place, of so many items.
  std::function<void(const Chunk&)> settle;
  /// Gives results on to the sink, some at a time; the number of items let go.
  std::function<std::int64_t()> deliver;
  /// Why nothing more is to be begun by a rank that has so many items, one sentence; empty: go on.
  std::function<std::optional<std::string>(std::int64_t)> stop;
};

/// Computes all of `supply` and waits for what was in flight before. `ranks` 1: rank 0 alone. Ends
/// early if an item fails, which dispatcher->failure() tells, or if shop.stop() says why: returned
/// once what was begun is done and delivered.
std::optional<std::string> execute(const Workshop& shop, Supply& supply,
                                   const ScatterPattern& pattern, int ranks);

/// Computes a run in place and counts it; notes a failure and returns false if an item failed.
bool compute_here(const Workshop& shop, Run run);

}  // namespace mpisize
