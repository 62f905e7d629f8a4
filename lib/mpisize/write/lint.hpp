/// What is wrong with a batch script, before Slurm sees it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mpisize/write/finding.hpp"
#include "mpisize/write/sbatch_script.hpp"

namespace mpisize {

struct LintOptions {
  /// Variables that sbatch would read; those that begin with SBATCH_ or SLURM_ are looked at.
  std::map<std::string, std::string> environment;
  std::int64_t max_array_size = 1001;  ///< MaxArraySize of slurm.conf: one above the last index.
};

/// Findings by line; those about the whole script first. A script without any is read by sbatch
/// 22.05 as it was written and starts what it asks for; whether a cluster has that is the
/// cluster's to say.
[[nodiscard]] std::vector<Finding> lint(const SbatchScript& script, const LintOptions& options);

}  // namespace mpisize
