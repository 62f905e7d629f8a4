/// Options of a call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mpisize/base/units.hpp"
#include "mpisize/model/schedule.hpp"

namespace mpisize {

/// How far a call has come.
struct Progress {
  std::int64_t done = 0;              ///< Items computed.
  std::optional<std::int64_t> total;  ///< Empty: the source does not tell its length.
  Seconds elapsed{};                  ///< Since the entry of the call.
};

/// Only the root's count. Forcing a field removes it from the search; forcing `ranks` > 1, or
/// schedule or chunk with it, also overrides the verdict. Contradictions throw
/// std::invalid_argument on every rank before any item is computed.
struct Options {
  std::string name;          ///< Of this call site, for profiles and history.
  std::optional<int> ranks;  ///< The root counted; at most the communicator's size.
  std::optional<Schedule> schedule;
  std::optional<std::int64_t> chunk;  ///< Items per message; not with static_block.
  std::optional<int> queued;          ///< Chunks at a worker, 1 to 32.
  std::optional<bool> root_computes;
  std::optional<int> group;  ///< Ranks behind one sub-root, itself counted; 0: there are none.
  /// Groups behind one sub-root above theirs; 0: the root dispatches to all sub-roots.
  std::optional<int> rack;
  std::optional<std::int64_t> window;  ///< stream: items pulled and not yet delivered.
  std::optional<bool> ordered;         ///< stream: results go to the sink by index.
  std::optional<std::int64_t> batch;   ///< batch: items that the sink gets together.
  /// At the root and per rank. batch: of the items and results held at a time, beyond what the
  /// process held before.
  std::optional<Bytes> max_memory;
  /// Of the call. Without a journal: no plan is accepted whose predicted total may be longer. With
  /// one: nothing is begun that cannot be finished in time, and the rest is left for a rerun.
  std::optional<Seconds> deadline;
  double min_speedup = 1.2;
  Seconds sample_budget{10};
  std::uint64_t seed = 1;  ///< Of the choice of sampled items and of the bootstrap.

  /// An item whose kernel throws is tried again so many times, after `retry_wait` and then twice as
  /// long each time, with jitter.
  int retries = 0;
  Seconds retry_wait{10e-3};
  /// So many items may fail for good and go without a result (Measured::lost); one more fails the
  /// call.
  std::int64_t max_fails = 0;

  /// Results that are in this file survive the death of every rank, and a rerun computes only what
  /// is missing; SIGTERM and SIGUSR1 end the call in order. Empty: none. Refused if it belongs to
  /// another input or kernel.
  std::string journal;
  bool journal_sync = false;  ///< Survive the death of the node, too: fdatasync every 100 ms.
  std::string kernel_id;  ///< What the journal knows the kernel by; empty: the program's content.
  bool retry_failed = false;  ///< Items that failed for good in an earlier run are tried again.

  std::function<void(const Progress&)> on_progress;  ///< On the root, at most ten times a second.
};

}  // namespace mpisize
