/// Time of one plan in closed form: a pipeline of the root and the workers.
///
///   a = root busy per chunk,  w = worker busy per chunk,  K chunks,  n workers besides the root
///   dedicated root   T = start + fill + max(K a, W / n) + tail
///   root computes    T = start + fill + max(K a, (W + K a) / (n + 1)) + stall + tail
///
/// Of batch and stream a holds the root's time in source and sink, also for the items that it
/// computes itself; a window that is smaller than what the queues hold leaves workers dry.
///
/// With sub-roots the formula is applied level by level (levels.hpp): between the groups, or racks
/// of them, each a worker as fast as its ranks together, and inside one of them for what its ranks
/// lose among each other. No level takes bytes off the root: all items and results pass through it.
///
/// Where nodes differ, n is the sum of the ranks' speeds; a static block waits for the slowest.
///
/// W is the work of all items with the slow-down of that many ranks, `fill` the time until all
/// workers have their first chunk, `stall` the time that workers run dry while the root is inside
/// an item, `tail` the wait for the last rank.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "mpisize/model/machine.hpp"
#include "mpisize/model/placement.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/model/workload.hpp"

namespace mpisize {

/// Busy times of the dispatch loop for one kernel on one machine.
struct StageCosts {
  double root_per_chunk = 0;
  double root_per_item = 0;  ///< Packing, copying, unpacking.
  double flow_per_item = 0;  ///< Root in source and sink, for every item, its own too.
  double worker_per_chunk = 0;
  double worker_per_item = 0;
  double shared_message =
      1;  ///< Part of both costs per chunk that is left where chunks share messages.
  double port_out_per_item = 0;    ///< Port of the root's node, to a worker on another node,
  double port_in_per_item = 0;     ///< and from one.
  double uplink_out_per_item = 0;  ///< Way between racks, where it carries less than the port.
  double uplink_in_per_item = 0;
  double rack_one_way = 0;    ///< To another rack, on top of one_way.
  double near_per_chunk = 0;  ///< Between ranks of one node: a sub-root and those behind it.
  double near_one_way = 0;
  double worker_turn =
      0;               ///< Of a worker from one queued chunk to the next, kernel's memory and all.
  double one_way = 0;  ///< From the root's send to the worker's start, beyond busy times.
};
[[nodiscard]] StageCosts stage_costs(const Machine& machine, const KernelProfile& kernel);

/// Part of the costs per chunk that applies to chunks that take `chunk_seconds`.
[[nodiscard]] double message_share(const StageCosts& costs, double chunk_seconds, int queued);

/// The ranks behind one worker, which is then a sub-root: each takes the next piece as it is free.
struct Crew {
  int ranks = 1;           ///< That compute, of the largest; or sub-roots, where `each` is there.
  int all = 1;             ///< Ranks that compute, of all crews together.
  std::int64_t piece = 1;  ///< Items.
  double ahead = 1;        ///< Pieces at a rank besides the one in work, in the mean.
  bool leader_computes = true;
  double per_piece = 0;  ///< Sub-root busy, seconds.
  double one_way = 0;
  std::shared_ptr<const Crew> each{};  ///< Behind every rank; empty: they compute themselves.
};

/// Those that compute, of the largest.
[[nodiscard]] inline int ranks_of(const Crew& crew) {
  return crew.each ? crew.ranks * ranks_of(*crew.each) : crew.ranks;
}

/// What is to be done, and on what.
struct Situation {
  Workload work;    ///< Of the items still to be done.
  double cpus = 1;  ///< Per node.
  int nodes = 1;
  /// Where nodes differ: the ranks of every plan that is asked for. Empty: nodes are alike and
  /// filled evenly, one after the other.
  std::shared_ptr<const Spreads> spreads;
  StageCosts costs;
  KernelProfile kernel;    ///< For the slow-down; without samples.
  double start_up = 0;     ///< One-time cost of a rank that has not computed yet, seconds.
  ScatterPattern mould{};  ///< What is settled of every plan: kind, window, order, batch.
  std::int64_t most_items_a_chunk = std::int64_t{1} << 62;  ///< Of batch and stream, unless forced.
  std::optional<Crew> crew;   ///< Behind every worker; empty: workers compute themselves.
  double parallel_setup = 0;  ///< What only a parallel plan has to pay first, seconds.
  int items_in_flight = 0;    ///< Still in work at ranks when the plan begins.
};

/// Seconds from the decision to the last result, by stage.
struct ClosedForm {
  double start = 0;
  double compute = 0;   ///< Even share of the work.
  double dispatch = 0;  ///< Fill, and what the root needs beyond the even share.
  double stall = 0;
  double tail = 0;
  [[nodiscard]] double total() const { return start + compute + dispatch + stall + tail; }
};

/// `ranks` with the root; 1: serial.
[[nodiscard]] ClosedForm closed_form(const Situation& situation, int ranks,
                                     const ScatterPattern& pattern);

/// Seconds that the longest of the first chunks takes, of schedules that begin with large ones;
/// else 0.
[[nodiscard]] double end_of_first_chunks(const Situation& situation, int ranks,
                                         const ScatterPattern& pattern);

/// Seconds that rank 0 alone needs.
[[nodiscard]] double serial_time(const Situation& situation);

/// How ranks fare: item times over those of a rank alone on a node of median speed.
struct Paces {
  double mean = 1;  ///< Of all that compute together: n / sum of their speeds.
  double root = 1;
  double fastest = 1;  ///< Of a rank that computes.
  double slowest = 1;
  double far = 0;         ///< Part of the work that goes to other nodes than the root's,
  double other_rack = 0;  ///< and to other racks.
};
[[nodiscard]] Paces paces_of(const Situation& situation, int ranks, bool root_computes);

/// Of a rank on such a node.
[[nodiscard]] double pace_of(const Situation& situation, const NodeKind& kind, bool root_computes);

/// The ranks of a plan over unlike nodes; null if nodes are alike.
[[nodiscard]] const Spread* spread_of(const Situation& situation, int ranks);

/// Slow-down of the items when `ranks` ranks of the job compute, the root too or only polling, on
/// nodes that are alike.
[[nodiscard]] double slowdown_of(const Situation& situation, int ranks, bool root_computes);

/// Until all ranks have found their sub-roots, seconds: the last of them ends an item before, the
/// root tells each of them, and all agree on communicators; and at the end once more what the root
/// needs to hear of all. Levels above do not shorten it: every rank is told by the root itself.
[[nodiscard]] double regrouping_time(const Situation& situation, int ranks);

/// Seconds in which items and results pass the root and the port of its node, and source and sink:
/// what no sub-root takes off it.
[[nodiscard]] double time_through_root(const Situation& situation, int ranks);

/// Of the workers of `ranks` ranks those that are not on the root's node.
[[nodiscard]] int far_workers(const Situation& situation, int ranks);

/// Workers beyond which the root is the bottleneck: n_sat = w(c) / a(c).
[[nodiscard]] double saturating_workers(const Situation& situation, std::int64_t chunk);

}  // namespace mpisize
