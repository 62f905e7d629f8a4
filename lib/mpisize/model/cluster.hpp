/// A cluster as its batch system describes it: partitions, the nodes in them, limits, and who may
/// use what. The words are Slurm's (slurm.conf(5), sinfo(1)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/topology.hpp"

namespace mpisize {

/// A generic resource of a node: 4 of "gpu:a100".
struct Gres {
  std::string name;
  std::int64_t count = 0;
  friend bool operator==(const Gres&, const Gres&) = default;
};

/// Nodes by what they do. They sum to all.
struct NodeStates {
  int idle = 0;         ///< Whole nodes that a job can have now, those asleep included.
  int mixed = 0;        ///< Some of their CPUs are taken.
  int allocated = 0;    ///< All of them are.
  int unavailable = 0;  ///< Down, drained, reserved ...
  [[nodiscard]] int all() const { return idle + mixed + allocated + unavailable; }
  friend bool operator==(const NodeStates&, const NodeStates&) = default;
};

/// Nodes of a partition that are alike.
struct NodeGroup {
  NodeStates states;
  int sockets = 1;
  int cores_per_socket = 1;
  int threads_per_core = 1;
  int cpus = 1;  ///< Of a node, as Slurm hands them out: cores, or hardware threads.
  std::optional<std::int64_t> idle_cpus;  ///< Of all its nodes together.
  Bytes memory{};                         ///< RealMemory of a node.
  std::vector<std::string> features;
  std::vector<Gres> gres;
  friend bool operator==(const NodeGroup&, const NodeGroup&) = default;
};

/// Whether a partition takes jobs and starts them.
enum class PartitionState {
  up,
  down,     ///< Takes jobs, starts none.
  drain,    ///< Takes none, runs what is there.
  inactive  ///< Neither.
};

/// Nodes under common limits. An empty limit is no limit; an empty list of allowed is all.
struct Partition {
  std::string name;
  bool is_default = false;
  PartitionState state = PartitionState::up;
  std::vector<NodeGroup> groups;
  std::string node_list;            ///< "n[1-4]"
  std::optional<Seconds> max_time;  ///< MaxTime
  std::optional<Seconds> default_time;
  int min_nodes = 0;  ///< Of a job.
  std::optional<int> max_nodes;
  std::optional<int> max_cpus_per_node;
  std::optional<Bytes> max_memory_per_node;  ///< The cluster's where the partition has none.
  std::optional<Bytes> max_memory_per_cpu;
  std::optional<Bytes> default_memory_per_node;  ///< Likewise. Neither default: all of the node.
  std::optional<Bytes> default_memory_per_cpu;
  bool whole_nodes = false;  ///< Jobs get whole nodes (OverSubscribe=EXCLUSIVE).
  bool root_only = false;
  std::vector<std::string> allow_groups;
  std::vector<std::string> allow_accounts;
  std::vector<std::string> deny_accounts;
  std::vector<std::string> allow_qos;
  std::vector<std::string> deny_qos;
  std::optional<std::string> qos;  ///< Whose limits hold besides these.

  [[nodiscard]] NodeStates states() const;
  friend bool operator==(const Partition&, const Partition&) = default;
};

/// What accounting lets the user do: one account, in one partition or in all.
struct Association {
  std::string account;
  bool is_default = false;
  std::optional<std::string> partition;  ///< Empty: all.
  std::vector<std::string> qos;
  std::optional<std::string> default_qos;
  std::optional<Seconds> max_time;
  friend bool operator==(const Association&, const Association&) = default;
};

/// Who asks.
struct ClusterUser {
  std::string name;
  std::vector<std::string> groups;
  std::vector<Association> associations;  ///< Empty too where accounting is off.
  friend bool operator==(const ClusterUser&, const ClusterUser&) = default;
};

/// A cluster under one controller.
struct Cluster {
  std::string name;
  std::string controller;  ///< Host of slurmctld.
  std::string version;     ///< Of Slurm: "22.05.8".
  std::vector<Partition> partitions;
  std::optional<std::int64_t> max_array_size;  ///< Array indices lie below it.
  std::optional<std::int64_t> max_job_count;   ///< Jobs that the controller holds, all users'.
  std::optional<int> max_tasks_per_node;
  bool memory_is_shared_out = true;  ///< Jobs get as much as they ask for, not whole nodes'.
  bool limits_are_enforced = false;  ///< EnforcePartLimits; else what exceeds them waits for ever.
  bool accounts_are_enforced = false;  ///< AccountingStorageEnforce: no job without an association.
  bool has_accounting = false;         ///< sacct knows finished jobs.
  ClusterUser user;
  friend bool operator==(const Cluster&, const Cluster&) = default;
};

/// The partition of that name. Throws InputError that names those that there are, and the nearest.
[[nodiscard]] const Partition& partition_named(const Cluster& cluster, std::string_view name);

/// The one that a job is in that names none; null if there is none.
[[nodiscard]] const Partition* default_partition(const Cluster& cluster);

/// The user's accounts that the partition takes, by account and quality of service; empty where
/// accounting knows none.
[[nodiscard]] std::vector<std::string> usable_accounts(const Cluster& cluster,
                                                       const Partition& partition);

/// Why a job of the user would not run there, as the end of a sentence ("it is down: ..."); empty
/// if it may. Groups keep root from nothing.
[[nodiscard]] std::optional<std::string> refusal(const Cluster& cluster,
                                                 const Partition& partition);

/// `nodes` nodes of a group, as a plan sees them: memory and CPUs are cut to what the partition
/// gives a job on a node.
[[nodiscard]] Topology topology_of(const Partition& partition, const NodeGroup& group, int nodes);

}  // namespace mpisize
