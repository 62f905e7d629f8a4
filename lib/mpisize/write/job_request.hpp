/// What a job asks Slurm for: one home for the values that are written into a new script and into
/// one that is there already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/write/job_script.hpp"

namespace mpisize {

/// What is empty is left to the script, or to Slurm.
struct JobRequest {
  std::optional<std::string> job_name;
  std::optional<std::string> account;
  std::optional<std::string> partition;
  JobNeeds needs;
  std::optional<int> nodes;
  std::optional<int> ntasks;
  std::optional<int> ntasks_per_node;
  std::optional<int> cpus_per_task;
  std::optional<Bytes> memory;  ///< Of a node. At most one of the two.
  std::optional<Bytes> memory_per_cpu;
  std::optional<Seconds> time;
  std::optional<std::string> signal;  ///< "B:USR1@120"
  bool requeue = false;               ///< May be put back into the queue; its output then grows on.
  friend bool operator==(const JobRequest&, const JobRequest&) = default;
};

/// An option of sbatch and its value, unquoted; empty: it takes none.
struct RequestedOption {
  std::string option;
  std::string value;
  friend bool operator==(const RequestedOption&, const RequestedOption&) = default;
};

/// The request as options, in the order in which they are written.
[[nodiscard]] std::vector<RequestedOption> requested_options(const JobRequest& request);

/// What the plan of a job asks for: nodes and tasks of its layout (one task if the verdict is
/// serial), memory and time with their margins. Throws InputError as render() does.
[[nodiscard]] JobRequest request_of(const JobScript& script);

/// A script with these options that does nothing, for `sbatch --test-only`.
[[nodiscard]] std::string render(const JobRequest& request);

struct JobMemory {
  Bytes root;       ///< 0: the node is known as a whole.
  int workers = 0;  ///< On the node of the root.
  Bytes used;       ///< Of all ranks there.
  Bytes asked;      ///< With margin and launcher_memory.
};
/// Of the node of the root, or the fullest; empty if memory was not measured.
[[nodiscard]] std::optional<JobMemory> job_memory(const JobScript& script);

}  // namespace mpisize
