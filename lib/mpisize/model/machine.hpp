/// A machine as the planner sees it: hardware, links, and what starting and dispatching cost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/model/comm_model.hpp"
#include "mpisize/model/hosts.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// mpirun, from its start to the end of MPI_Init of all ranks plus MPI_Finalize:
/// fixed + per_node * nodes + per_rank * ranks.
struct Launch {
  Estimate<Seconds> fixed = assumed(Seconds(0.3), Seconds(0.05), Seconds(1));
  Estimate<Seconds> per_node = assumed(Seconds(0.03), Seconds(0), Seconds(0.3));
  Estimate<Seconds> per_rank = assumed(Seconds(0.02), Seconds(0.001), Seconds(0.1));
  friend bool operator==(const Launch&, const Launch&) = default;
};

/// What dispatching costs between ranks of one node, where others are on other nodes.
struct NearCost {
  Estimate<Seconds> root_per_chunk = assumed(Seconds(1e-6), Seconds(2e-7), Seconds(1e-5));
  Estimate<Seconds> round_trip = assumed(Seconds(3e-6), Seconds(5e-7), Seconds(5e-5));
  friend bool operator==(const NearCost&, const NearCost&) = default;
};

/// The dispatch loop between root and workers. Times are of an empty kernel.
struct DispatchCost {
  /// Root busy per chunk: pick, send, receive, hand over.
  Estimate<Seconds> root_per_chunk = assumed(Seconds(1e-6), Seconds(2e-7), Seconds(1e-5));
  /// Worker busy per chunk besides the items.
  Estimate<Seconds> worker_per_chunk = assumed(Seconds(1e-6), Seconds(2e-7), Seconds(1e-5));
  /// Cost of a tiny chunk in a message full of them over that of one that travels alone.
  Estimate<double> shared_message = assumed(0.5, 0.25, 1.0);
  /// One small chunk out and its result back, nothing else queued.
  Estimate<Seconds> round_trip = assumed(Seconds(3e-6), Seconds(5e-7), Seconds(5e-5));
  /// Root busy per byte carried either way.
  Estimate<SecondsPerByte> root_per_byte =
      assumed(SecondsPerByte(2e-10), SecondsPerByte(3e-11), SecondsPerByte(1e-9));
  /// Port of the root's node, per byte to other nodes and, besides, from them: taken up while root
  /// and workers compute. 0 on one node.
  Estimate<SecondsPerByte> port_per_byte =
      assumed(SecondsPerByte(0), SecondsPerByte(0), SecondsPerByte(0));
  std::optional<NearCost> near;  ///< Empty: on one node the above, else not known.
  friend bool operator==(const DispatchCost&, const DispatchCost&) = default;
};

/// Relative residual (measured / predicted - 1) of the model in earlier runs on this machine.
/// Below 10 runs the planner takes 5 %, assumed.
struct ModelError {
  std::vector<double> residuals;
  friend bool operator==(const ModelError&, const ModelError&) = default;
};

struct Machine {
  std::string host;  ///< Where it was measured.
  std::string mpi;   ///< Library version, as MPI_Get_library_version begins.
  std::string
      fingerprint;  ///< Of machine + MPI + transport: a cached machine holds while it is equal.
  Topology topology;
  std::vector<Host> hosts;  ///< One by one, where several were probed; else empty.
  std::vector<Link> links;  ///< At most one per level.
  Launch launch;
  DispatchCost dispatch;
  ModelError model_error;
  friend bool operator==(const Machine&, const Machine&) = default;
};

/// Link of a level; of the nearest known level otherwise; empty if the machine has none.
[[nodiscard]] std::optional<Link> link_at(const Machine& machine, Level level);

/// Start-up of a job of `ranks` ranks on `nodes` nodes, the parts' intervals added as independent
/// ones (in quadrature). Throws std::invalid_argument for fewer than one of either.
[[nodiscard]] Interval launch_time(const Launch& launch, int nodes, int ranks);

}  // namespace mpisize
