/// What Slurm 22.05 said of real controllers, in tests/clusters/: "emulated" has four nodes with
/// jobs on them, one drained, and accounting; "big" has 10,063 that nobody ever started.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "mpisize/write/slurm_cluster.hpp"

namespace mpisize::testing {

inline std::string recorded_text(const std::string& cluster, const std::string& file) {
  const std::ifstream in(MPISIZE_TEST_CLUSTERS "/" + cluster + "/" + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline SlurmAnswers recorded_answers(const std::string& cluster) {
  return {recorded_text(cluster, "config.txt"),
          recorded_text(cluster, "partitions.txt"),
          recorded_text(cluster, "nodes.txt"),
          cluster == "big" ? "" : recorded_text(cluster, "associations.txt"),
          "nobody",
          {"nogroup"}};
}

inline Cluster recorded_cluster(const std::string& cluster) {
  return read_cluster(recorded_answers(cluster));
}

}  // namespace mpisize::testing
