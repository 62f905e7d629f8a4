/// Partitions side by side as text and as JSON.
#pragma once

#include <string>

#include "mpisize/choose/partition_choice.hpp"

namespace mpisize {

/// The partition chosen and why, lines ended; explained: a table of all of them, with what stands
/// against each.
[[nodiscard]] std::string describe(const PartitionChoice& choice, bool explained);

/// An array of objects, one for each plan weighed, and those closed: "partition", "nodes", "ranks",
/// "threads_per_rank", "run", "wait", "core_hours", "whole_nodes", "chosen", "limit" and "refusal".
[[nodiscard]] std::string to_json(const PartitionChoice& choice);

}  // namespace mpisize
