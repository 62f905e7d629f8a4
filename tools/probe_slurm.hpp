/// Nodes of a partition measured from the login node, by a small job.
#pragma once

#include <optional>
#include <string>

#include "mpisize/model/machine.hpp"
#include "talk.hpp"

namespace mpisize::tools {

struct SlurmProbe {
  std::string partition;
  std::optional<std::string> account;
  bool cancel_on_interrupt = false;
};

/// Sends the job, waits for it and brings the machine back. Interrupted, it leaves the job alone
/// unless told otherwise; called again for the same partition, it takes the job up, or its result.
/// The job writes into the cache directory, which the nodes must see.
/// Throws InputError if the partition is not there or refuses the user, sbatch refuses the job, or
/// it fails, with the job's words.
[[nodiscard]] Machine measure_partition(const SlurmProbe& probe, const Talk& talk);

}  // namespace mpisize::tools
