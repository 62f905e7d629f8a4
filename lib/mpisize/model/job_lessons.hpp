/// What finished jobs of a program teach about the next one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/history_entry.hpp"

namespace mpisize {

struct JobLessons {
  std::optional<Bytes> node_memory;  ///< Ask for at least this on a node.
  std::optional<Seconds> time;       ///< Ask for at least this.
  std::vector<std::string> reasons;  ///< One sentence for each.
  friend bool operator==(const JobLessons&, const JobLessons&) = default;
};

/// From entries of one program, newest first, those of jobs that had as many ranks on as many nodes
/// with as many threads: others differ in time and in memory a node, which is the scaling model's
/// to say.
///
/// The newest job that ran out of memory: half as much again as it asked for. The newest that ran
/// into its time limit: half as much again as the limit, or the prediction times the largest ratio
/// of measured to predicted of jobs that ended well, if that is more. Jobs that ended well since
/// then, with less, take the lesson back. A node that failed, a preemption, somebody's scancel and
/// the program's own errors teach nothing about sizes. Both factors are chosen, not measured.
[[nodiscard]] JobLessons lessons_of(std::span<const HistoryEntry> entries, int ranks, int nodes,
                                    int threads_per_rank);

}  // namespace mpisize
