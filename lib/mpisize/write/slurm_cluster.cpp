#include "mpisize/write/slurm_cluster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "mpisize/base/error.hpp"
#include "mpisize/write/slurm_nodes.hpp"
#include "mpisize/write/slurm_text.hpp"

namespace mpisize {
namespace {

using slurm_text::Place;
using slurm_text::split;
using slurm_text::trimmed;
using Facts = std::map<std::string_view, std::string_view>;

constexpr std::string_view config_command = "scontrol show config";
constexpr std::string_view partitions_command = "scontrol show partition";
constexpr std::string_view associations_command = "sacctmgr";

std::string_view value_of(const Facts& facts, std::string_view key) {
  const auto found = facts.find(key);
  return found == facts.end() ? std::string_view() : found->second;
}

/// What `read` makes of the value, unless it is a word for none.
template <class Read>
auto optional(const Facts& facts, std::string_view key, const Place& place, Read read)
    -> std::optional<decltype(read(std::string_view(), place))> {
  const std::string_view value = value_of(facts, key);
  if (slurm_text::is_nothing(value)) return std::nullopt;
  return read(value, place);
}

std::optional<std::string> text_or_none(std::string_view text) {
  return slurm_text::is_nothing(text) ? std::nullopt : std::optional(std::string(text));
}

// ---- scontrol show config ---------------------------------------------------------------------

Facts config_facts(std::string_view text) {
  Facts facts;
  for (const std::string_view line : slurm_text::lines(text)) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    facts.emplace(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
  }
  return facts;
}

bool has_accounting(const Facts& config) {
  const std::string_view type = value_of(config, "AccountingStorageType");
  return !slurm_text::is_nothing(type) && type != "accounting_storage/none";
}

bool says_no(std::string_view text) {
  return slurm_text::is_nothing(text) || text == "NO" || text == "No";
}

Cluster cluster_of(const Facts& config) {
  const Place place{config_command, 1};
  Cluster cluster;
  cluster.name = value_of(config, "ClusterName");
  cluster.version = value_of(config, "SLURM_VERSION");
  if (cluster.name.empty()) place.fail("and those below name no cluster (ClusterName)");
  std::string_view controller = value_of(config, "SlurmctldHost[0]");
  if (controller.empty()) controller = value_of(config, "ControlMachine");  // before Slurm 18
  cluster.controller = controller.substr(0, controller.find('('));
  constexpr std::int64_t most = std::int64_t{1} << 32;
  const auto large = [](std::string_view text, const Place& where) {
    return slurm_text::number(text, most, where);
  };
  cluster.max_array_size = optional(config, "MaxArraySize", place, large);
  cluster.max_job_count = optional(config, "MaxJobCount", place, large);
  cluster.max_tasks_per_node = optional(config, "MaxTasksPerNode", place, slurm_text::count);
  cluster.memory_is_shared_out =
      value_of(config, "SelectTypeParameters").find("MEMORY") != std::string_view::npos;
  cluster.limits_are_enforced = !says_no(value_of(config, "EnforcePartLimits"));
  cluster.accounts_are_enforced =
      value_of(config, "AccountingStorageEnforce").find("associations") != std::string_view::npos;
  cluster.has_accounting = has_accounting(config);
  return cluster;
}

// ---- scontrol show partition ------------------------------------------------------------------

PartitionState state_of(std::string_view word) {
  if (word == "DOWN") return PartitionState::down;
  if (word == "DRAIN") return PartitionState::drain;
  if (word == "INACTIVE") return PartitionState::inactive;
  return PartitionState::up;
}

/// A partition's own limit, per node or per CPU, else the cluster's.
void read_memory(const Facts& partition, const Facts& config, std::string_view prefix,
                 std::optional<Bytes>& per_node, std::optional<Bytes>& per_cpu,
                 const Place& place) {
  const std::string of_node = std::string(prefix) + "MemPerNode";
  const std::string of_cpu = std::string(prefix) + "MemPerCPU";
  for (const Facts* facts : {&partition, &config}) {
    per_node = optional(*facts, of_node, place, slurm_text::memory);
    per_cpu = optional(*facts, of_cpu, place, slurm_text::memory);
    if (per_node || per_cpu) return;
  }
}

Partition partition_of(const Facts& facts, const Facts& config, const Place& place) {
  using slurm_text::words;
  Partition p;
  p.name = value_of(facts, "PartitionName");
  p.is_default = value_of(facts, "Default") == "YES";
  p.state = state_of(value_of(facts, "State"));
  p.node_list = text_or_none(value_of(facts, "Nodes")).value_or("");
  p.max_time = optional(facts, "MaxTime", place, slurm_text::duration);
  p.default_time = optional(facts, "DefaultTime", place, slurm_text::duration);
  p.min_nodes = optional(facts, "MinNodes", place, slurm_text::count).value_or(0);
  p.max_nodes = optional(facts, "MaxNodes", place, slurm_text::count);
  p.max_cpus_per_node = optional(facts, "MaxCPUsPerNode", place, slurm_text::count);
  read_memory(facts, config, "Max", p.max_memory_per_node, p.max_memory_per_cpu, place);
  read_memory(facts, config, "Def", p.default_memory_per_node, p.default_memory_per_cpu, place);
  p.whole_nodes = value_of(facts, "OverSubscribe") == "EXCLUSIVE";
  p.root_only = value_of(facts, "RootOnly") == "YES";
  p.allow_groups = words(value_of(facts, "AllowGroups"));
  p.allow_accounts = words(value_of(facts, "AllowAccounts"));
  p.deny_accounts = words(value_of(facts, "DenyAccounts"));
  p.allow_qos = words(value_of(facts, "AllowQos"));
  p.deny_qos = words(value_of(facts, "DenyQos"));
  p.qos = text_or_none(value_of(facts, "QoS"));
  return p;
}

std::vector<Partition> read_partitions(std::string_view text, const Facts& config) {
  std::vector<Partition> all;
  const auto lines = slurm_text::lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty() || lines[i] == "No partitions in the system") continue;
    const Place place{partitions_command, i + 1};
    Facts facts;
    for (const std::string_view word : split(lines[i], ' ')) {
      const auto equals = word.find('=');
      if (equals == std::string_view::npos) continue;
      facts.emplace(word.substr(0, equals), word.substr(equals + 1));
    }
    if (value_of(facts, "PartitionName").empty()) place.fail("names no partition");
    all.push_back(partition_of(facts, config, place));
  }
  return all;
}

// ---- sacctmgr ---------------------------------------------------------------------------------

/// Rows of other clusters under the same database are left out.
std::vector<Association> read_associations(std::string_view text, const std::string& cluster) {
  enum Row {
    default_account,
    of_cluster,
    account,
    partition,
    qos,
    default_qos,
    max_wall,
    row_size
  };
  std::vector<Association> all;
  const auto lines = slurm_text::lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const Place place{associations_command, i + 1};
    const auto row = split(lines[i], '|');
    if (row.size() != row_size) {
      place.fail(fmt::format("has {} fields instead of {}", row.size(), int{row_size}));
    }
    if (row[of_cluster] != cluster || row[account].empty()) continue;
    Association a;
    a.account = row[account];
    a.is_default = row[account] == row[default_account];
    a.partition = text_or_none(row[partition]);
    a.qos = slurm_text::words(row[qos]);
    a.default_qos = text_or_none(row[default_qos]);
    if (!slurm_text::is_nothing(row[max_wall])) {
      a.max_time = slurm_text::duration(row[max_wall], place);
    }
    all.push_back(a);
  }
  return all;
}

}  // namespace

std::vector<std::string> config_question() { return {"scontrol", "show", "config"}; }

std::vector<std::string> partitions_question() {
  return {"scontrol", "--all", "--oneliner", "show", "partition"};
}

std::vector<std::string> associations_question(const std::string& user) {
  return {"sacctmgr",    "--noheader",
          "--parsable2", "--readonly",
          "show",        "user",
          "where",       "name=" + user,
          "withassoc",   "format=defaultaccount,cluster,account,partition,qos,defaultqos,maxwall"};
}

bool has_accounting(const std::string& config) { return has_accounting(config_facts(config)); }

Cluster read_cluster(const SlurmAnswers& answers) {
  const Facts config = config_facts(answers.config);
  Cluster cluster = cluster_of(config);
  cluster.partitions = read_partitions(answers.partitions, config);
  add_nodes(answers.nodes, cluster.partitions);
  cluster.user.name = answers.user;
  cluster.user.groups = answers.groups;
  cluster.user.associations = read_associations(answers.associations, cluster.name);
  return cluster;
}

}  // namespace mpisize
