#include "mpisize/model/job_lessons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

constexpr double more = 1.5;

using Jobs = std::vector<const HistoryEntry*>;

/// The newest job that ended for this cause, unless one that came after it ended well.
const HistoryEntry* unlearned(const Jobs& jobs, FailureCause cause) {
  for (const HistoryEntry* job : jobs) {
    if (job->slurm->cause == cause) return job;
    if (!job->slurm->cause && job->seen) return nullptr;
  }
  return nullptr;
}

/// How much longer than predicted a job took that ended well, at worst; 1 if none did.
double longest_ratio(const Jobs& jobs) {
  double most = 1;
  for (const HistoryEntry* job : jobs) {
    if (job->slurm->cause || !job->seen || !job->predicted) continue;
    const double predicted = job->predicted->value.value();
    if (predicted > 0) most = std::max(most, job->seen->wall.value() / predicted);
  }
  return most;
}

}  // namespace

JobLessons lessons_of(std::span<const HistoryEntry> entries, int ranks, int nodes,
                      int threads_per_rank) {
  Jobs jobs;
  for (const HistoryEntry& entry : entries) {
    const bool alike =
        entry.ranks == ranks && entry.nodes == nodes && entry.threads_per_rank == threads_per_rank;
    if (alike && entry.slurm) jobs.push_back(&entry);
  }
  JobLessons lessons;
  const HistoryEntry* const starved = unlearned(jobs, FailureCause::out_of_memory);
  if (starved != nullptr && starved->slurm->memory_asked) {
    const Bytes asked =
        std::max(*starved->slurm->memory_asked, starved->slurm->memory_used.value_or(Bytes(0)));
    lessons.node_memory = Bytes(std::llround(std::ceil(more * static_cast<double>(asked.value()))));
    lessons.reasons.push_back(
        fmt::format("job {} ran out of memory with {} a node: {} are asked for",
                    starved->slurm->job_id, human(asked), human(*lessons.node_memory)));
  }
  const HistoryEntry* const cut = unlearned(jobs, FailureCause::time_limit);
  if (cut != nullptr && cut->slurm->time_limit) {
    const Seconds limit = *cut->slurm->time_limit;
    lessons.time = more * limit;
    if (cut->predicted) {
      lessons.time = std::max(*lessons.time, longest_ratio(jobs) * cut->predicted->high);
    }
    lessons.reasons.push_back(fmt::format("job {} ran into its time limit of {}: {} are asked for",
                                          cut->slurm->job_id, human(limit), human(*lessons.time)));
  }
  return lessons;
}

}  // namespace mpisize
