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
  std::int64_t done = 0;  ///< Items with their result at the root.
  std::int64_t total = 0;
  Seconds elapsed{};  ///< Since the entry of the call.
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
  std::optional<std::int64_t> window;  ///< stream: items pulled and not yet delivered.
  std::optional<bool> ordered;         ///< stream.
  std::optional<Bytes> max_memory;     ///< At the root and per rank.
  std::optional<Seconds> deadline;     ///< Upper end of the predicted total.
  double min_speedup = 1.2;
  Seconds sample_budget{10};
  std::uint64_t seed = 1;  ///< Of the choice of sampled items and of the bootstrap.
  std::function<void(const Progress&)> on_progress;  ///< On the root, at most ten times a second.
};

}  // namespace mpisize
