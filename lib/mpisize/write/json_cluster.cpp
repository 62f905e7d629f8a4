#include <fmt/format.h>

#include <set>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::Node;
using json_text::Origin;
using Words = std::vector<std::string>;

constexpr std::array all_states{PartitionState::up, PartitionState::down, PartitionState::drain,
                                PartitionState::inactive};

std::string_view name_of_state(PartitionState state) {
  switch (state) {
    case PartitionState::up:
      return "up";
    case PartitionState::down:
      return "down";
    case PartitionState::drain:
      return "drain";
    case PartitionState::inactive:
      break;
  }
  return "inactive";
}

// ---- writing ----------------------------------------------------------------------------------

Json plain(const Seconds& time) { return json_text::write(time); }
Json plain(const Bytes& size) { return size.value(); }
template <class T>
Json plain(const T& value) {
  return value;
}

/// Nothing where nothing is known, and no list where there is nothing in it.
template <class T>
void put(Json& object, const char* key, const std::optional<T>& value) {
  if (value) object[key] = plain(*value);
}
void put(Json& object, const char* key, const Words& words) {
  if (!words.empty()) object[key] = words;
}

Json write(const NodeGroup& group) {
  Json json{{"states", Json{{"idle", group.states.idle},
                            {"mixed", group.states.mixed},
                            {"allocated", group.states.allocated},
                            {"unavailable", group.states.unavailable}}},
            {"sockets", group.sockets},
            {"cores_per_socket", group.cores_per_socket},
            {"threads_per_core", group.threads_per_core},
            {"cpus", group.cpus}};
  put(json, "idle_cpus", group.idle_cpus);
  json["memory"] = group.memory.value();
  put(json, "features", group.features);
  for (const Gres& gres : group.gres) {
    json["gres"].push_back(Json{{"name", gres.name}, {"count", gres.count}});
  }
  return json;
}

Json write(const Partition& p) {
  Json json{{"name", p.name}, {"is_default", p.is_default}, {"state", name_of_state(p.state)}};
  json["groups"] = Json::array();
  for (const NodeGroup& group : p.groups) json["groups"].push_back(write(group));
  json["node_list"] = p.node_list;
  put(json, "max_time", p.max_time);
  put(json, "default_time", p.default_time);
  json["min_nodes"] = p.min_nodes;
  put(json, "max_nodes", p.max_nodes);
  put(json, "max_cpus_per_node", p.max_cpus_per_node);
  put(json, "max_memory_per_node", p.max_memory_per_node);
  put(json, "max_memory_per_cpu", p.max_memory_per_cpu);
  put(json, "default_memory_per_node", p.default_memory_per_node);
  put(json, "default_memory_per_cpu", p.default_memory_per_cpu);
  json["whole_nodes"] = p.whole_nodes;
  json["root_only"] = p.root_only;
  put(json, "allow_groups", p.allow_groups);
  put(json, "allow_accounts", p.allow_accounts);
  put(json, "deny_accounts", p.deny_accounts);
  put(json, "allow_qos", p.allow_qos);
  put(json, "deny_qos", p.deny_qos);
  put(json, "qos", p.qos);
  return json;
}

Json write(const ClusterUser& user) {
  Json json{{"name", user.name}};
  put(json, "groups", user.groups);
  for (const Association& a : user.associations) {
    Json one{{"account", a.account}, {"is_default", a.is_default}};
    put(one, "partition", a.partition);
    put(one, "qos", a.qos);
    put(one, "default_qos", a.default_qos);
    put(one, "max_time", a.max_time);
    json["associations"].push_back(one);
  }
  return json;
}

// ---- reading ----------------------------------------------------------------------------------

/// More nodes, cores or CPUs of a node than any machine has.
constexpr int most = 1 << 24;

bool flag(const Node& object, const char* key, bool other) {
  return optional(object, key, [](const Node& n) { return n.boolean(); }).value_or(other);
}
int count_or(const Node& object, const char* key, int least, int other) {
  return optional(object, key, [least](const Node& n) { return n.count(least, most); })
      .value_or(other);
}
std::optional<int> count_at(const Node& object, const char* key) {
  return optional(object, key, [](const Node& n) { return n.count(0, most); });
}
std::optional<std::int64_t> number_at(const Node& object, const char* key) {
  return optional(object, key, [](const Node& n) { return n.integer(0); });
}
std::optional<Seconds> time_at(const Node& object, const char* key) {
  return optional(object, key, [](const Node& n) { return n.seconds(); });
}
std::optional<Bytes> bytes_at(const Node& object, const char* key) {
  return optional(object, key, [](const Node& n) { return n.bytes(); });
}
std::optional<std::string> name_at(const Node& object, const char* key) {
  return optional(object, key, [](const Node& n) { return n.name(); });
}
Words names_at(const Node& object, const char* key) {
  return optional(object, key,
                  [](const Node& n) {
                    return json_text::list_of(n, [](const Node& word) { return word.name(); });
                  })
      .value_or(Words());
}

NodeStates read_states(const Node& node) {
  node.only({"idle", "mixed", "allocated", "unavailable"});
  return {count_or(node, "idle", 0, 0), count_or(node, "mixed", 0, 0),
          count_or(node, "allocated", 0, 0), count_or(node, "unavailable", 0, 0)};
}

NodeGroup read_group(const Node& node) {
  node.only({"states", "sockets", "cores_per_socket", "threads_per_core", "cpus", "idle_cpus",
             "memory", "features", "gres"});
  NodeGroup group;
  group.states = read_states(node.at("states"));
  group.sockets = count_or(node, "sockets", 1, 1);
  group.cores_per_socket = count_or(node, "cores_per_socket", 1, 1);
  group.threads_per_core = count_or(node, "threads_per_core", 1, 1);
  group.cpus = node.at("cpus").count(1, most);
  group.idle_cpus = number_at(node, "idle_cpus");
  group.memory = node.at("memory").bytes();
  group.features = names_at(node, "features");
  if (const auto all = node.find("gres")) {
    group.gres = json_text::list_of(*all, [](const Node& n) {
      n.only({"name", "count"});
      return Gres{n.at("name").name(), n.at("count").integer(0)};
    });
  }
  return group;
}

Partition read_partition(const Node& node) {
  node.only({"name",
             "is_default",
             "state",
             "groups",
             "node_list",
             "max_time",
             "default_time",
             "min_nodes",
             "max_nodes",
             "max_cpus_per_node",
             "max_memory_per_node",
             "max_memory_per_cpu",
             "default_memory_per_node",
             "default_memory_per_cpu",
             "whole_nodes",
             "root_only",
             "allow_groups",
             "allow_accounts",
             "deny_accounts",
             "allow_qos",
             "deny_qos",
             "qos"});
  Partition p;
  p.name = node.at("name").name();
  if (p.name.empty()) node.at("name").fail("is empty");
  p.is_default = flag(node, "is_default", false);
  if (const auto state = node.find("state")) {
    p.state = read_word(*state, all_states, name_of_state);
  }
  p.groups = json_text::list_of(node.at("groups"), read_group);
  p.node_list = name_at(node, "node_list").value_or("");
  p.max_time = time_at(node, "max_time");
  p.default_time = time_at(node, "default_time");
  p.min_nodes = count_or(node, "min_nodes", 0, 0);
  p.max_nodes = count_at(node, "max_nodes");
  p.max_cpus_per_node = count_at(node, "max_cpus_per_node");
  p.max_memory_per_node = bytes_at(node, "max_memory_per_node");
  p.max_memory_per_cpu = bytes_at(node, "max_memory_per_cpu");
  p.default_memory_per_node = bytes_at(node, "default_memory_per_node");
  p.default_memory_per_cpu = bytes_at(node, "default_memory_per_cpu");
  p.whole_nodes = flag(node, "whole_nodes", false);
  p.root_only = flag(node, "root_only", false);
  p.allow_groups = names_at(node, "allow_groups");
  p.allow_accounts = names_at(node, "allow_accounts");
  p.deny_accounts = names_at(node, "deny_accounts");
  p.allow_qos = names_at(node, "allow_qos");
  p.deny_qos = names_at(node, "deny_qos");
  p.qos = name_at(node, "qos");
  return p;
}

std::vector<Partition> read_partitions(const Node& list) {
  std::vector<Partition> all;
  std::set<std::string> names;
  for (const Node& node : list.list()) {
    all.push_back(read_partition(node));
    if (!names.insert(all.back().name).second) {
      node.at("name").fail("is " + node.at("name").shown() + ", which is there already");
    }
  }
  return all;
}

ClusterUser read_user(const Node& node) {
  node.only({"name", "groups", "associations"});
  ClusterUser user{name_at(node, "name").value_or(""), names_at(node, "groups"), {}};
  if (const auto all = node.find("associations")) {
    user.associations = json_text::list_of(*all, [](const Node& n) {
      n.only({"account", "is_default", "partition", "qos", "default_qos", "max_time"});
      return Association{n.at("account").name(),    flag(n, "is_default", false),
                         name_at(n, "partition"),   names_at(n, "qos"),
                         name_at(n, "default_qos"), time_at(n, "max_time")};
    });
  }
  return user;
}

}  // namespace

std::string to_json(const Cluster& cluster) {
  Json json = json_text::document("mpisize-cluster");
  json["name"] = cluster.name;
  json["controller"] = cluster.controller;
  json["version"] = cluster.version;
  json["partitions"] = Json::array();
  for (const Partition& p : cluster.partitions) json["partitions"].push_back(write(p));
  put(json, "max_array_size", cluster.max_array_size);
  put(json, "max_job_count", cluster.max_job_count);
  put(json, "max_tasks_per_node", cluster.max_tasks_per_node);
  json["memory_is_shared_out"] = cluster.memory_is_shared_out;
  json["limits_are_enforced"] = cluster.limits_are_enforced;
  json["accounts_are_enforced"] = cluster.accounts_are_enforced;
  json["has_accounting"] = cluster.has_accounting;
  json["user"] = write(cluster.user);
  return json_text::print(json);
}

Cluster cluster_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-cluster",
                    "correct it, or ask Slurm again with mpisize cluster -o FILE", true};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  root.only({"schema", "schema_version", "name", "controller", "version", "partitions",
             "max_array_size", "max_job_count", "max_tasks_per_node", "memory_is_shared_out",
             "limits_are_enforced", "accounts_are_enforced", "has_accounting", "user"});
  Cluster cluster;
  cluster.name = root.at("name").name();
  cluster.controller = name_at(root, "controller").value_or("");
  cluster.version = name_at(root, "version").value_or("");
  cluster.partitions = read_partitions(root.at("partitions"));
  cluster.max_array_size = number_at(root, "max_array_size");
  cluster.max_job_count = number_at(root, "max_job_count");
  cluster.max_tasks_per_node = count_at(root, "max_tasks_per_node");
  cluster.memory_is_shared_out = flag(root, "memory_is_shared_out", true);
  cluster.limits_are_enforced = flag(root, "limits_are_enforced", false);
  cluster.accounts_are_enforced = flag(root, "accounts_are_enforced", false);
  cluster.has_accounting = flag(root, "has_accounting", false);
  if (const auto user = root.find("user")) cluster.user = read_user(*user);
  return cluster;
}

}  // namespace mpisize
