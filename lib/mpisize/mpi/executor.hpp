/// Runs what is left of a map by a plan.
#pragma once

#include <functional>
#include <vector>

#include "mpisize/choose/report.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/dispatcher.hpp"
#include "mpisize/mpi/work_order.hpp"

namespace mpisize {

/// What a root needs to run chunks.
struct Workshop {
  Communicator* comm;
  Dispatcher* dispatcher;
  Task* task;
  std::vector<RankUse>* use;  ///< By rank; added to.
  std::function<void(std::int64_t)>
      did;  ///< So many items more are done; rate-limited by the callee.
};

/// Computes all of `supply` and waits for what was in flight before. `ranks` 1: rank 0 alone. Ends
/// early if an item fails: dispatcher->failure() tells.
void execute(const Workshop& shop, WorkSupply& supply, const ScatterPattern& pattern, int ranks);

/// Computes runs in place, counts them, and notes a failure; false if one failed.
bool compute_here(const Workshop& shop, Run run);

}  // namespace mpisize
