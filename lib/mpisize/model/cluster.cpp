#include "mpisize/model/cluster.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/error.hpp"
#include "mpisize/base/spelling.hpp"

namespace mpisize {
namespace {

using Words = std::vector<std::string>;

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool have_one_in_common(const Words& a, const Words& b) {
  return std::any_of(a.begin(), a.end(),
                     [&b](const std::string& word) { return contains(b, word); });
}

bool takes(const Partition& partition, const Association& association) {
  if (association.partition && *association.partition != partition.name) return false;
  if (!partition.allow_qos.empty() && !have_one_in_common(partition.allow_qos, association.qos)) {
    return false;
  }
  return partition.allow_accounts.empty() ? !contains(partition.deny_accounts, association.account)
                                          : contains(partition.allow_accounts, association.account);
}

std::string_view what_state_means(PartitionState state) {
  switch (state) {
    case PartitionState::down:
      return "it is down: jobs wait there";
    case PartitionState::drain:
      return "it is drained: it takes no new jobs";
    case PartitionState::inactive:
      return "it is inactive: it takes no jobs";
    case PartitionState::up:
      break;
  }
  return "";
}

/// An account that the user has, or, where nobody looks, may name.
std::optional<std::string> refusal_of_accounts(const Cluster& cluster, const Partition& partition) {
  const bool has_accounts = !cluster.user.associations.empty();
  if (!has_accounts && !cluster.accounts_are_enforced) return std::nullopt;
  if (!usable_accounts(cluster, partition).empty()) return std::nullopt;
  if (!has_accounts) return fmt::format("user {} has no account", cluster.user.name);
  if (partition.allow_accounts.empty()) {
    return fmt::format("it is closed to the accounts and qualities of service of user {}",
                       cluster.user.name);
  }
  return fmt::format("it is for the accounts {}", fmt::join(partition.allow_accounts, ", "));
}

}  // namespace

NodeStates Partition::states() const {
  NodeStates sum;
  for (const NodeGroup& group : groups) {
    sum.idle += group.states.idle;
    sum.mixed += group.states.mixed;
    sum.allocated += group.states.allocated;
    sum.unavailable += group.states.unavailable;
  }
  return sum;
}

const Partition& partition_named(const Cluster& cluster, std::string_view name) {
  Words names;
  for (const Partition& partition : cluster.partitions) {
    if (partition.name == name) return partition;
    names.push_back(partition.name);
  }
  if (names.empty()) {
    throw InputError(
        fmt::format("cluster {} has no partition '{}', nor any other; ask its "
                    "administrators, or give another cluster",
                    cluster.name, name));
  }
  const auto meant = nearest_word(name, names);
  throw InputError(fmt::format("cluster {} has no partition '{}'; {}take one of {}", cluster.name,
                               name, meant ? fmt::format("did you mean '{}'? Or ", *meant) : "",
                               fmt::join(names, ", ")));
}

const Partition* default_partition(const Cluster& cluster) {
  const auto found = std::find_if(cluster.partitions.begin(), cluster.partitions.end(),
                                  [](const Partition& p) { return p.is_default; });
  return found == cluster.partitions.end() ? nullptr : &*found;
}

Words usable_accounts(const Cluster& cluster, const Partition& partition) {
  Words accounts;
  for (const Association& association : cluster.user.associations) {
    if (!takes(partition, association) || contains(accounts, association.account)) continue;
    accounts.push_back(association.account);
  }
  return accounts;
}

std::optional<std::string> refusal(const Cluster& cluster, const Partition& partition) {
  if (partition.state != PartitionState::up) {
    return std::string(what_state_means(partition.state));
  }
  const bool is_root = cluster.user.name == "root";
  if (partition.root_only && !is_root) return "it is for root";
  if (!partition.allow_groups.empty() && !is_root &&
      !have_one_in_common(partition.allow_groups, cluster.user.groups)) {
    return fmt::format("it is for the groups {}", fmt::join(partition.allow_groups, ", "));
  }
  return refusal_of_accounts(cluster, partition);
}

Topology topology_of(const Partition& partition, const NodeGroup& group, int nodes) {
  Topology topology;
  topology.nodes = nodes;
  topology.node.packages = group.sockets;
  topology.node.numa_nodes = group.sockets;  // Slurm knows no better.
  topology.node.cores = group.sockets * group.cores_per_socket;
  topology.node.pus = topology.node.cores * group.threads_per_core;
  topology.node.memory = group.memory;
  Grant& grant = topology.grant;
  grant.pus = std::min(group.cpus, topology.node.pus);
  grant.memory = group.memory;
  if (partition.max_cpus_per_node && *partition.max_cpus_per_node < grant.pus) {
    grant.pus = *partition.max_cpus_per_node;
    grant.limits.push_back(
        fmt::format("partition {} gives a job {} CPUs of a node", partition.name, grant.pus));
  }
  if (partition.max_memory_per_node && *partition.max_memory_per_node < group.memory) {
    grant.memory = partition.max_memory_per_node;
    constexpr std::int64_t mebibyte = 1 << 20;
    grant.limits.push_back(fmt::format("partition {} gives a job {} MiB of a node", partition.name,
                                       grant.memory->value() / mebibyte));
  }
  // Slurm's CPUs are hardware threads, or, where a node has as many as cores, cores.
  const bool cpus_are_cores = group.cpus <= topology.node.cores;
  grant.cores = cpus_are_cores
                    ? grant.pus
                    : std::min(topology.node.cores,
                               (grant.pus + group.threads_per_core - 1) / group.threads_per_core);
  grant.cpus = grant.pus;
  return topology;
}

}  // namespace mpisize
