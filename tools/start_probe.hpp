/// When Slurm would start a job.
#pragma once

#include <string>

#include "mpisize/choose/partition_choice.hpp"
#include "mpisize/write/job_request.hpp"

namespace mpisize::tools {

/// Asks sbatch --test-only about a script with these directives and nothing to do. Nothing is
/// submitted. Throws InputError if there is no sbatch here or its controller does not answer.
[[nodiscard]] StartEstimate ask_for_start(const JobRequest& request);

/// Seconds since the epoch of "2024-05-01T12:00:00", local; empty if it is none.
[[nodiscard]] std::optional<double> epoch_of(const std::string& local_time);

}  // namespace mpisize::tools
