/// The launch of a job that is stopped before its time limit and goes on later. Private.
#pragma once

#include <string>

#include "mpisize/write/job_script.hpp"

namespace mpisize {

/// Lines for bash: the launch in the background, what is done at Slurm's warning (USR1), and the
/// end: the status of the launch, or the job put back into the queue. A job whose journal has not
/// changed would not end by being put back for ever: it fails.
[[nodiscard]] std::string launch_and_requeue(const Resumption& resume, const std::string& launch);

}  // namespace mpisize
