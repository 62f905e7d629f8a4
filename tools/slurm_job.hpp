/// A job of ours in Slurm's queue: sent, found again, waited for, cancelled.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "talk.hpp"

namespace mpisize::tools {

/// What the controller knows of a job.
struct JobState {
  std::string name;
  std::string state;   ///< "PENDING", "RUNNING", "COMPLETED" ...
  std::string reason;  ///< Why it waits, or why it ended so.
  std::string nodes;   ///< "n[1-2]"; empty before it starts.
  std::string exit_code;
  [[nodiscard]] bool is_over() const;
  friend bool operator==(const JobState&, const JobState&) = default;
};

/// From a line of `scontrol show job -o`; empty if it is none.
[[nodiscard]] std::optional<JobState> read_job_state(std::string_view line);

/// sbatch; the number of the job. Throws InputError with sbatch's words and the script's path.
[[nodiscard]] std::string send_job(const std::filesystem::path& script);

/// The first job of that name that the user has in the queue.
[[nodiscard]] std::optional<std::string> find_job(const std::string& name);

void cancel_job(const std::string& job);

/// Looks at the job, after 0.2 s, then less and less often, down to every 5 s, until it is over or
/// the controller has forgotten it, or has given its number to a job of another name (empty); says
/// what it does when that changes. Throws Interrupted on SIGINT, SIGTERM and SIGHUP; InputError if
/// the controller has not answered for ten looks. The job goes on in either case.
[[nodiscard]] std::optional<JobState> wait_for_job(const std::string& job, const std::string& name,
                                                   const Talk& talk);

}  // namespace mpisize::tools
