#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/write/report.hpp"

namespace mpisize {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t columns = 8;
using Row = std::array<std::string, columns>;

/// As Slurm writes a time limit: D-HH:MM:SS.
std::string limit(const std::optional<Seconds>& time) {
  if (!time) return "none";
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  const std::int64_t seconds = std::llround(time->value());
  const std::string clock = fmt::format("{:02}:{:02}:{:02}", seconds % day / hour,
                                        seconds % hour / minute, seconds % minute);
  return seconds < day ? clock : fmt::format("{}-{}", seconds / day, clock);
}

std::string nodes_of_a_job(const Partition& p) {
  if (p.max_nodes && p.min_nodes > 1) return fmt::format("{}-{}", p.min_nodes, *p.max_nodes);
  if (p.max_nodes) return fmt::format("to {}", *p.max_nodes);
  return p.min_nodes > 1 ? fmt::format("from {}", p.min_nodes) : "any";
}

/// "idle 3, mixed 1": what there is none of is left out.
std::string in_words(const NodeStates& states) {
  std::string text;
  const auto add = [&text](const char* word, int count) {
    if (count > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", human_count(count), word);
  };
  add("idle", states.idle);
  add("mixed", states.mixed);
  add("allocated", states.allocated);
  add("unavailable", states.unavailable);
  return text;
}

std::string specials(const Partition& p, const NodeGroup& group) {
  Words words = group.features;
  for (const Gres& gres : group.gres) words.push_back(fmt::format("{}:{}", gres.name, gres.count));
  if (p.whole_nodes) words.emplace_back("whole nodes");
  return fmt::format("{}", fmt::join(words, ", "));
}

Row row_of(const Partition& p, const NodeGroup& group) {
  return {p.name + (p.is_default ? "*" : ""),
          human_count(group.states.all()),
          fmt::format("{} ({}:{}:{})", group.cpus, group.sockets, group.cores_per_socket,
                      group.threads_per_core),
          human(group.memory),
          limit(p.max_time),
          nodes_of_a_job(p),
          in_words(group.states),
          specials(p, group)};
}

/// Columns as wide as their widest word, numbers to the right.
std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  constexpr std::array<bool, columns> right{false, true, true, true, true, true, false, false};
  std::string text;
  for (const Row& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < columns; ++i) {
      line += right[i] ? fmt::format(" {:>{}} ", row[i], widths[i])
                       : fmt::format(" {:<{}} ", row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// Of a node or a CPU, or nothing.
std::string memory_words(const char* what, const std::optional<Bytes>& per_node,
                         const std::optional<Bytes>& per_cpu) {
  if (per_node) return fmt::format("{} {} a node", what, human(*per_node));
  return per_cpu ? fmt::format("{} {} a CPU", what, human(*per_cpu)) : "";
}

std::string further_limits(const Partition& p) {
  Words words{
      memory_words("at most", p.max_memory_per_node, p.max_memory_per_cpu),
      memory_words("unless asked for", p.default_memory_per_node, p.default_memory_per_cpu),
      p.max_cpus_per_node ? fmt::format("at most {} CPUs a node", *p.max_cpus_per_node) : "",
      p.default_time ? "time unless asked for " + limit(p.default_time) : "",
      p.qos ? "limits of quality of service " + *p.qos + ", too" : ""};
  words.erase(std::remove(words.begin(), words.end(), ""), words.end());
  return fmt::format("{}", fmt::join(words, "; "));
}

std::string about_partitions(const Cluster& cluster) {
  std::string text;
  for (const Partition& p : cluster.partitions) {
    const std::string limits = further_limits(p);
    if (!limits.empty()) text += fmt::format("  {}: {}\n", p.name, limits);
    if (p.groups.empty()) text += fmt::format("  {}: has no nodes\n", p.name);
    if (const auto why = refusal(cluster, p)) {
      text += fmt::format("  {}: not for {} now: {}\n", p.name, cluster.user.name, *why);
    }
  }
  return text;
}

std::string about_cluster(const Cluster& cluster) {
  Words words;
  if (cluster.max_array_size) {
    words.push_back(fmt::format("array indices below {}", human_count(*cluster.max_array_size)));
  }
  if (cluster.max_job_count) {
    words.push_back(fmt::format("{} jobs of all users", human_count(*cluster.max_job_count)));
  }
  if (cluster.max_tasks_per_node) {
    words.push_back(fmt::format("{} tasks a node", *cluster.max_tasks_per_node));
  }
  std::string text = words.empty() ? "" : fmt::format("  at most {}\n", fmt::join(words, ", "));
  if (!cluster.limits_are_enforced) {
    text += "  jobs beyond a partition's limits are not refused but wait for ever\n";
  }
  words.clear();
  for (const Association& a : cluster.user.associations) {
    words.push_back(a.account + (a.is_default ? " (default)" : ""));
  }
  if (!words.empty()) {
    text += fmt::format("  accounts of {}: {}\n", cluster.user.name, fmt::join(words, ", "));
  }
  return text;
}

}  // namespace

std::string describe(const Cluster& cluster) {
  std::string text = fmt::format("cluster {}: Slurm {}, controller {}\n", cluster.name,
                                 cluster.version, cluster.controller);
  std::vector<Row> rows{{"partition", "nodes", "CPUs (S:C:T)", "memory", "longest job",
                         "nodes of it", "states", "features"}};
  for (const Partition& p : cluster.partitions) {
    for (const NodeGroup& group : p.groups) rows.push_back(row_of(p, group));
  }
  return text + table(rows) + about_partitions(cluster) + about_cluster(cluster);
}

}  // namespace mpisize
