/// What became of jobs, as Slurm's accounting and its controller print it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/history_entry.hpp"

namespace mpisize {

struct JobRecord {
  SlurmFacts facts;                ///< The cause too, if it did not end well.
  std::optional<Seconds> elapsed;  ///< Whole seconds.
  ProgramEnding ending;
};

/// argv of one call of sacct for all of these jobs, whenever they ran.
[[nodiscard]] std::vector<std::string> sacct_line(std::span<const std::string> jobs);

/// One record for each job in what that call prints. Memory of a node is that of the step which
/// took the most there, the mean over its nodes, and of the batch script's beside it: sacct knows
/// sums of a step, and samples them every 30 s unless told otherwise, so less than the peak. Of a
/// requeued job the last run counts. Throws InputError for anything else than such lines.
[[nodiscard]] std::vector<JobRecord> read_sacct(std::string_view text);

/// argv of the same question to the controller, which forgets a job some minutes after its end
/// (MinJobAge).
[[nodiscard]] std::vector<std::string> scontrol_line();

/// From `scontrol --oneliner show job`; memory that was used is not in it.
[[nodiscard]] std::vector<JobRecord> read_scontrol_jobs(std::string_view text);

/// Whether a job in that state has ended for good; one that is requeued or held has not.
[[nodiscard]] bool is_over(std::string_view state);

/// Why a job ended as it did; empty if well, or if it goes on. `state` as sacct says it.
[[nodiscard]] std::optional<FailureCause> cause_of(std::string_view state,
                                                   const ProgramEnding& ending);

}  // namespace mpisize
