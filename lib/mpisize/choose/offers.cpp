#include "mpisize/choose/offers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

int cores_of(const NodeGroup& node) { return node.sockets * node.cores_per_socket; }

bool same_shape(const NodeGroup& a, const NodeGroup& b) {
  return a.cpus == b.cpus && cores_of(a) == cores_of(b) && a.memory == b.memory &&
         a.threads_per_core == b.threads_per_core;
}

bool has_at_least(const NodeGroup& node, const NodeGroup& shape) {
  return node.cpus >= shape.cpus && cores_of(node) >= cores_of(shape) &&
         node.memory >= shape.memory && node.threads_per_core == shape.threads_per_core;
}

int nodes_that_work(const NodeStates& states) { return states.all() - states.unavailable; }

/// Why the user's job is not for the partition, besides refusal().
std::optional<std::string> refusal_of_wishes(const Partition& partition,
                                             const OfferWishes& wishes) {
  const auto& qos = wishes.needs.qos;
  if (qos && ((!partition.allow_qos.empty() && !contains(partition.allow_qos, *qos)) ||
              contains(partition.deny_qos, *qos))) {
    return fmt::format("it does not take the quality of service {}", *qos);
  }
  const auto& account = wishes.account;
  if (account &&
      ((!partition.allow_accounts.empty() && !contains(partition.allow_accounts, *account)) ||
       contains(partition.deny_accounts, *account))) {
    return fmt::format("it does not take the account {}", *account);
  }
  return std::nullopt;
}

bool gives_all_cpus(const Partition& partition) {
  const auto& most = partition.max_cpus_per_node;
  return !most || std::all_of(partition.groups.begin(), partition.groups.end(),
                              [&](const NodeGroup& group) { return group.cpus <= *most; });
}

/// What sbatch calls a node configuration that is not available.
std::optional<std::string> refusal_of_whole_nodes(const Partition& partition,
                                                  const OfferWishes& wishes) {
  if (!wishes.needs.whole_nodes || gives_all_cpus(partition)) return std::nullopt;
  return fmt::format("it gives no whole nodes, but {} CPUs of each (MaxCPUsPerNode)",
                     *partition.max_cpus_per_node);
}

void check_account(const Cluster& cluster, const OfferWishes& wishes) {
  const auto& all = cluster.user.associations;
  if (!wishes.account || all.empty()) return;
  std::vector<std::string> names;
  for (const Association& a : all) {
    if (a.account == *wishes.account) return;
    if (!contains(names, a.account)) names.push_back(a.account);
  }
  throw InputError(fmt::format("user {} has no account '{}'; take one of {}", cluster.user.name,
                               *wishes.account, fmt::join(names, ", ")));
}

/// The one that is taken unless another is named.
std::optional<std::string> default_account(const Cluster& cluster) {
  for (const Association& a : cluster.user.associations) {
    if (a.is_default) return a.account;
  }
  return std::nullopt;
}

std::optional<std::string> account_to_name(const Cluster& cluster, const Partition& partition,
                                           const OfferWishes& wishes) {
  if (wishes.account) return wishes.account;
  const auto usable = usable_accounts(cluster, partition);
  const auto usual = default_account(cluster);
  if (usable.empty() || (usual && contains(usable, *usual))) return std::nullopt;
  return usable.front();
}

/// The partition's limit, or that of the association, if it is narrower.
std::optional<Seconds> time_limit(const Cluster& cluster, const Partition& partition,
                                  const std::optional<std::string>& account) {
  std::optional<Seconds> limit = partition.max_time;
  const auto used = account ? account : default_account(cluster);
  for (const Association& a : cluster.user.associations) {
    if (a.account != used || !a.max_time) continue;
    if (a.partition && *a.partition != partition.name) continue;
    limit = limit ? std::min(*limit, *a.max_time) : a.max_time;
  }
  return limit;
}

/// So that what is asked, with the margin, is no more than a node gives.
void keep_margin(Topology& topology, const Partition& partition, const OfferWishes& wishes) {
  Grant& grant = topology.grant;
  if (!grant.memory) return;
  auto bytes = static_cast<double>(grant.memory->value());
  if (partition.max_memory_per_cpu) {
    const auto by_cpus = static_cast<double>(partition.max_memory_per_cpu->value()) * grant.pus;
    if (by_cpus < bytes) {
      bytes = by_cpus;
      grant.limits.push_back(fmt::format("partition {} gives a job {} for a CPU", partition.name,
                                         human(*partition.max_memory_per_cpu)));
    }
  }
  const double usable = (bytes - static_cast<double>(wishes.memory_besides.value())) /
                        (1 + std::max(0.0, wishes.memory_margin));
  // Asked for in whole MiB, rounded up.
  constexpr double mebibyte = 1 << 20;
  grant.memory = Bytes(static_cast<std::int64_t>(std::max(0.0, std::floor(usable - mebibyte))));
}

/// The nodes of a partition that have what the job needs, and what all the others lack.
struct Suitable {
  std::vector<NodeGroup> groups;
  std::optional<std::string> lack;
};
Suitable suitable_nodes(const Partition& partition, const JobNeeds& needs) {
  Suitable found;
  for (const NodeGroup& group : partition.groups) {
    if (const auto lack = lacking(group, needs)) {
      found.lack = lack;
    } else {
      found.groups.push_back(group);
    }
  }
  return found;
}

/// What does not depend on the shape of the node.
Offer offer_of(const Cluster& cluster, const Partition& partition, const OfferWishes& wishes) {
  Offer offer;
  offer.partition = partition.name;
  offer.least_nodes = std::max(1, partition.min_nodes);
  offer.account = account_to_name(cluster, partition, wishes);
  offer.max_time = time_limit(cluster, partition, offer.account);
  offer.max_tasks_per_node = cluster.max_tasks_per_node;
  offer.default_memory_per_cpu = partition.default_memory_per_cpu;
  offer.whole_nodes = partition.whole_nodes || wishes.needs.whole_nodes;
  // Where not all CPUs of a node are given sbatch refuses --exclusive, whoever shares the node.
  offer.says_exclusive = offer.whole_nodes && gives_all_cpus(partition);
  offer.is_default = partition.is_default;
  return offer;
}

/// Small ones first, each once.
std::vector<NodeGroup> shapes_of(std::vector<NodeGroup> groups) {
  std::stable_sort(groups.begin(), groups.end(), [](const NodeGroup& a, const NodeGroup& b) {
    return std::pair(a.cpus, a.memory) < std::pair(b.cpus, b.memory);
  });
  groups.erase(std::unique(groups.begin(), groups.end(), same_shape), groups.end());
  return groups;
}

void add_offers(Offers& offers, const Cluster& cluster, const Partition& partition,
                const OfferWishes& wishes) {
  const auto close = [&](std::string why) {
    offers.closed.push_back({partition.name, std::move(why)});
  };
  if (auto why = refusal(cluster, partition)) return close(*std::move(why));
  if (auto why = refusal_of_wishes(partition, wishes)) return close(*std::move(why));
  if (auto why = refusal_of_whole_nodes(partition, wishes)) return close(*std::move(why));
  if (partition.groups.empty()) return close("it has no nodes");
  const Suitable suitable = suitable_nodes(partition, wishes.needs);
  if (suitable.groups.empty()) return close(fmt::format("no node has {}", *suitable.lack));
  const Offer common = offer_of(cluster, partition, wishes);
  int most = 0;
  for (const NodeGroup& shape : shapes_of(suitable.groups)) {
    int nodes = 0;
    Offer offer = common;
    for (const NodeGroup& group : suitable.groups) {
      if (!has_at_least(group, shape)) continue;
      nodes += nodes_that_work(group.states);
      offer.idle_nodes += group.states.idle;
    }
    nodes = std::min(nodes, partition.max_nodes.value_or(nodes));
    most = std::max(most, nodes);
    if (nodes < offer.least_nodes) continue;
    offer.topology = topology_of(partition, shape, nodes);
    keep_margin(offer.topology, partition, wishes);
    offers.open.push_back(std::move(offer));
  }
  if (most == 0) return close("all nodes that it could have are down");
  if (most < common.least_nodes) {
    close(
        fmt::format("its jobs take {} nodes or more, and there are {}", common.least_nodes, most));
  }
}

}  // namespace

Offers offers_of(const Cluster& cluster, const OfferWishes& wishes) {
  check_needs(wishes.needs);
  check_account(cluster, wishes);
  Offers offers;
  if (wishes.partition) {
    add_offers(offers, cluster, partition_named(cluster, *wishes.partition), wishes);
    return offers;
  }
  for (const Partition& partition : cluster.partitions) {
    add_offers(offers, cluster, partition, wishes);
  }
  return offers;
}

}  // namespace mpisize
