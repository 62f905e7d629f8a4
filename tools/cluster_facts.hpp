/// The cluster: from a file, the cache, or asked of Slurm.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/cluster.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// What is kept holds for so long.
inline constexpr Seconds cluster_facts_last{600};

struct ClusterSource {
  std::optional<std::string> offline;  ///< cluster.json, instead of Slurm.
  bool ask_again = false;              ///< Whatever the cache has.
};

struct ClusterFacts {
  Cluster cluster;
  std::optional<Seconds> age;  ///< Of what the cache had.
};

/// Facts of the controller that SLURM_CONF, or the usual file, names, kept for ten minutes; as the
/// user who asks. Four commands of Slurm when asked, each given 5 s.
/// Throws InputError if there is no Slurm here, its controller does not answer, or it says what
/// cannot be read.
[[nodiscard]] ClusterFacts cluster_facts(const ClusterSource& source, const Talk& talk);

}  // namespace mpisize::tools
