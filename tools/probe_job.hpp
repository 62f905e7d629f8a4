/// The job that measures a few nodes of a partition.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mpisize/model/cluster.hpp"

namespace mpisize::tools {

struct ProbeJob {
  std::string name;
  const Partition* partition = nullptr;
  std::optional<std::string> account;
  std::filesystem::path command;  ///< mpisize, as the nodes see it.
  std::filesystem::path result;   ///< machine.json
  std::filesystem::path output;
};

/// The machine of one node is measured where a job gets no two; links need two.
[[nodiscard]] int probe_nodes(const Partition& partition);

/// A script for sbatch: whole nodes where the partition gives them, for a few minutes. Throws
/// InputError if the partition has no nodes.
[[nodiscard]] std::string render(const ProbeJob& job);

}  // namespace mpisize::tools
