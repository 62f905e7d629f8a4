/// The object that --json prints for a plan.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/partition_choice.hpp"
#include "mpisize/write/finding.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/launch_lint.hpp"
#include "whole_program.hpp"

namespace mpisize::tools {

/// What is said beside the plan.
struct PlanExtras {
  std::optional<WholeProgram> program;
  std::vector<std::string> command;  ///< argv that starts it.
  std::optional<std::string> plan_file;
  std::vector<Choice> by_ranks{};                    ///< Plans for other rank counts.
  std::map<std::string, std::string> environment{};  ///< Set for the command.
  std::vector<LaunchFinding> findings{};             ///< About the user's own mpirun line.
  std::vector<std::string> mapping{};                ///< Where ranks go, a line for each node.
};

/// What is said of a job beside its plan.
struct JobExtras {
  std::optional<std::string> script_file;
  std::optional<std::string> script;  ///< Its text.
  std::optional<std::string> plan_file;
  std::optional<std::string> tried;  ///< What sbatch --test-only says.
  std::optional<std::string> job_id;
  std::optional<std::string> diff;  ///< Of a script that was there.
  std::optional<std::string> backup_file;
  std::vector<Finding> remarks;
};

/// The object with "script_file", "script", "plan_file", "test_only", "job_id", "diff", "remarks"
/// and "backup_file" added.
[[nodiscard]] std::string with_job(const std::string& object, const JobExtras& extras);

/// A line that is started as the user wrote it.
struct LaunchRecord {
  std::string kind;  ///< "as_given": asked for; "passed_on": it cannot be sized.
  std::string why;   ///< It cannot.
  std::vector<std::string> command;
  std::vector<LaunchFinding> findings;
};

/// plan.json with "whole_program", "command", "environment", "findings", "mapping", "plan_file" and
/// "by_ranks" added; as a plan file it reads like the plan alone.
[[nodiscard]] std::string to_json(const PlanFile& plan, const PlanExtras& extras);

/// The JSON of any plan with "partitions" added.
[[nodiscard]] std::string with_partitions(const std::string& plan,
                                          const PartitionChoice& partitions);

/// An object of its own schema, "mpisize-launch".
[[nodiscard]] std::string to_json(const LaunchRecord& record);

}  // namespace mpisize::tools
