/// The job of a whole program, which knows nothing of mpisize.
#pragma once

#include "mpisize/choose/program_plan.hpp"
#include "mpisize/write/job_script.hpp"

namespace mpisize {

/// Layout, times and memory of a choice in the terms of a job: the prediction holds the launch, and
/// memory is that of the fullest node, by the most demanding law that is not improbable. Name,
/// program, launcher and threads of a rank are left to the caller, and so is a prediction of one
/// repetition, which is no time of a job.
[[nodiscard]] JobScript program_job(const ProgramChoice& choice);

}  // namespace mpisize
