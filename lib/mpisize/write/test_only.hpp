/// What `sbatch --test-only` says of a script that it would take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpisize {

/// "Job 123 to start at 2024-05-01T12:00:00 using 64 processors on nodes n[1-2]"
struct JobStart {
  std::string time;  ///< Local, as Slurm writes it: "2024-05-01T12:00:00".
  std::int64_t processors = 0;
  std::string nodes;
  friend bool operator==(const JobStart&, const JobStart&) = default;
};

/// From what it writes on stderr; of a heterogeneous job the component that starts last. Empty if
/// there is no such line in it. SLURM_TIME_FORMAT must be "standard" then.
[[nodiscard]] std::optional<JobStart> read_job_start(std::string_view text);

}  // namespace mpisize
