/// A cluster from what Slurm's own commands say of it.
///
/// Errors: InputError that names the command and the line if it says something else than Slurm 20
/// and later do. What newer ones add is ignored.
#pragma once

#include <string>
#include <vector>

#include "mpisize/model/cluster.hpp"

namespace mpisize {

/// Answers to one query, as text.
struct SlurmAnswers {
  std::string config;        ///< Of config_question() ...
  std::string partitions;    ///< partitions_question() ...
  std::string nodes;         ///< nodes_question() ...
  std::string associations;  ///< associations_question(); empty where accounting is off.
  std::string user;
  std::vector<std::string> groups;  ///< Of the user.
};

/// The words of the questions: the whole cluster in four of them, whatever its size. Nodes come
/// grouped by what they have and do, not one by one: four lines for 10,000 alike.
[[nodiscard]] std::vector<std::string> config_question();
[[nodiscard]] std::vector<std::string> partitions_question();  ///< Hidden ones too.
[[nodiscard]] std::vector<std::string> nodes_question();
[[nodiscard]] std::vector<std::string> associations_question(const std::string& user);

/// Whether associations are worth asking for, from the answer to config_question().
[[nodiscard]] bool has_accounting(const std::string& config);

[[nodiscard]] Cluster read_cluster(const SlurmAnswers& answers);

}  // namespace mpisize
