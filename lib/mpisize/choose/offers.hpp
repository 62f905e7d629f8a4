/// What the partitions of a cluster offer a job: as many nodes, at least of such a shape.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/cluster.hpp"
#include "mpisize/model/job_needs.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// What the user asks of a place for the job, and what of a node's memory its ranks may not use.
struct OfferWishes {
  std::optional<std::string> partition;  ///< This one alone.
  std::optional<std::string> account;
  JobNeeds needs;
  double memory_margin = 0;  ///< Share of its memory that a job asks for besides.
  Bytes memory_besides{};    ///< Asked for besides, on each node.
};

/// Nodes of one partition. Each has at least what the topology says, whichever Slurm gives: nodes
/// with more are among them.
struct Offer {
  std::string partition;
  /// nodes: the most that a job gets; the memory granted: what its ranks may use.
  Topology topology;
  int least_nodes = 1;
  int idle_nodes = 0;
  std::optional<Seconds> max_time;
  std::optional<int> max_tasks_per_node;
  std::optional<Bytes> default_memory_per_cpu;  ///< What a job gets that asks for none.
  bool whole_nodes = false;                     ///< By the partition, or as the job asks.
  bool says_exclusive = false;                  ///< The script has --exclusive.
  bool is_default = false;
  std::optional<std::string> account;  ///< That has to be named.
  friend bool operator==(const Offer&, const Offer&) = default;
};

/// A partition, or nodes of it, that the job cannot have.
struct ClosedPartition {
  std::string partition;
  std::string why;  ///< "the time limit 30 min is below 2 h"
  friend bool operator==(const ClosedPartition&, const ClosedPartition&) = default;
};

struct Offers {
  std::vector<Offer> open;
  std::vector<ClosedPartition> closed;
};

/// One offer for each shape of node of each partition that takes the user's jobs; the nodes of a
/// shape are all that have at least as much and what the job needs, without those that are down. In
/// the order of the cluster, small nodes first. Throws InputError for a partition that is not
/// there, an account that the user has not got, and as check_needs().
[[nodiscard]] Offers offers_of(const Cluster& cluster, const OfferWishes& wishes);

}  // namespace mpisize
