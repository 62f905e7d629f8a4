#include "mpisize/measure/grant.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

std::string counted(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> number_in(const fs::path& path) {
  const auto line = first_line(path);
  return line ? to_number(*line) : std::nullopt;
}

/// Value of a "name value" line.
std::optional<std::int64_t> field_in(const fs::path& path, std::string_view wanted) {
  std::ifstream file(path);
  std::string name;
  std::string value;
  while (file >> name >> value) {
    if (name == wanted) return to_number(value);
    file.ignore(1000, '\n');
  }
  return std::nullopt;
}

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == by) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

/// A mounted hierarchy and the groups of this process in it, its own first.
struct Hierarchy {
  bool unified = false;  ///< Version 2.
  std::vector<std::string> controllers;
  std::vector<fs::path> groups;
};

/// Path of our group in the hierarchy, by /proc/self/cgroup: "4:memory:/a/b", "0::/a/b" for
/// version 2.
std::string group_path(const fs::path& root, const Hierarchy& hierarchy) {
  std::ifstream file(root / "proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const auto controllers = split(names, ',');
    const bool ours = hierarchy.unified
                          ? names.empty()
                          : std::any_of(controllers.begin(), controllers.end(), [&](const auto& c) {
                              return contains(hierarchy.controllers, c);
                            });
    if (ours) return line.substr(second + 1);
  }
  return "/";
}

/// The group's directory and those above it, up to the mount point. In a container the mount may
/// show a subtree only (`shown`), or the group may lie outside of it: then the mount point stands
/// for it.
std::vector<fs::path> groups_of(const fs::path& mount_point, const fs::path& shown,
                                const fs::path& group) {
  fs::path inside = group.lexically_relative(shown);
  if (inside.empty() || *inside.begin() == "..") inside = ".";
  std::vector<fs::path> groups{mount_point};
  fs::path at = mount_point;
  for (const fs::path& part : inside) {
    if (part == "." || part == "..") continue;
    at /= part;
    groups.push_back(at);
  }
  std::reverse(groups.begin(), groups.end());
  return groups;
}

/// Hierarchies of /proc/self/mountinfo: "31 23 0:28 SHOWN MOUNT_POINT OPTIONS ... - TYPE SOURCE
/// OPTIONS".
std::vector<Hierarchy> hierarchies(const fs::path& root) {
  std::vector<Hierarchy> result;
  std::ifstream file(root / "proc/self/mountinfo");
  std::string line;
  while (std::getline(file, line)) {
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream mount(line.substr(0, dash));
    std::istringstream system(line.substr(dash + 3));
    std::string skipped;
    std::string shown;
    std::string mount_point;
    std::string type;
    std::string options;
    mount >> skipped >> skipped >> skipped >> shown >> mount_point;
    system >> type >> skipped >> options;
    if (type != "cgroup" && type != "cgroup2") continue;
    Hierarchy hierarchy;
    hierarchy.unified = type == "cgroup2";
    hierarchy.controllers = split(options, ',');
    hierarchy.groups =
        groups_of(root / fs::path(mount_point).relative_path(), shown, group_path(root, hierarchy));
    result.push_back(hierarchy);
  }
  return result;
}

void narrow_cpus(CgroupLimits& limits, std::optional<double> cpus, const fs::path& source) {
  if (!cpus || (limits.cpus && *limits.cpus <= *cpus)) return;
  limits.cpus = cpus;
  limits.cpu_source = source.string();
}

void narrow_memory(CgroupLimits& limits, std::optional<std::int64_t> limit, std::int64_t used,
                   const fs::path& source) {
  // Version 1 writes "no limit" as the largest multiple of the page size.
  constexpr std::int64_t no_limit = std::int64_t{1} << 60;
  if (!limit || *limit < 0 || *limit >= no_limit) return;
  const Bytes left(std::max<std::int64_t>(0, *limit - used));
  if (limits.memory && *limits.memory <= left) return;
  limits.memory = left;
  limits.memory_source = source.string();
}

std::optional<double> ratio(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// Usage less what the kernel would drop first: the inactive file cache.
std::int64_t used_memory(const fs::path& group, const char* usage_file, const char* cache_field) {
  const auto usage = number_in(group / usage_file).value_or(0);
  return std::max<std::int64_t>(0,
                                usage - field_in(group / "memory.stat", cache_field).value_or(0));
}

void read_unified(const fs::path& group, CgroupLimits& limits) {
  const auto parts = split(first_line(group / "cpu.max").value_or(""), ' ');
  if (parts.size() == 2) {
    narrow_cpus(limits, ratio(to_number(parts[0]), to_number(parts[1])), group / "cpu.max");
  }
  const auto used = used_memory(group, "memory.current", "inactive_file");
  for (const char* const name : {"memory.max", "memory.high"}) {
    narrow_memory(limits, number_in(group / name), used, group / name);
  }
}

void read_version_1(const fs::path& group, const std::vector<std::string>& controllers,
                    CgroupLimits& limits) {
  if (contains(controllers, "cpu")) {
    const fs::path quota = group / "cpu.cfs_quota_us";
    narrow_cpus(limits, ratio(number_in(quota), number_in(group / "cpu.cfs_period_us")), quota);
  }
  if (contains(controllers, "memory")) {
    const fs::path limit = group / "memory.limit_in_bytes";
    narrow_memory(limits, number_in(limit),
                  used_memory(group, "memory.usage_in_bytes", "total_inactive_file"), limit);
  }
}

std::string value_of(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

/// A positive number that fits an int.
std::optional<int> count_of(const Environment& environment, const char* name) {
  const auto value = to_number(value_of(environment, name));
  if (!value || *value < 1 || *value > INT32_MAX) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<int> slurm_cpus(const Environment& environment, int nodes) {
  if (const auto step = count_of(environment, "SLURM_CPUS_ON_NODE")) return step;
  auto tasks = slurm_counts(value_of(environment, "SLURM_TASKS_PER_NODE"));
  if (tasks.empty()) {
    if (const auto all = count_of(environment, "SLURM_NTASKS")) {
      tasks.push_back((*all + nodes - 1) / nodes);
    }
  }
  const auto per_task = count_of(environment, "SLURM_CPUS_PER_TASK");
  if (tasks.empty() && !per_task) return std::nullopt;
  const int most = tasks.empty() ? 1 : *std::max_element(tasks.begin(), tasks.end());
  return most * per_task.value_or(1);
}

void narrow_pus(Grant& grant, const CpuCount& left, const std::string& who) {
  if (left.pus < 1 || left.pus >= grant.pus) return;
  grant.limits.push_back(fmt::format("The {} leaves {} of {} ({}).", who, counted(left.pus, "PU"),
                                     grant.pus, counted(left.cores, "core")));
  grant.pus = left.pus;
  grant.cores = std::clamp(left.cores, 1, grant.cores);
}

}  // namespace

Environment current_environment() {
  Environment result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string::npos) result[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return result;
}

CgroupLimits read_cgroups(const fs::path& root) {
  CgroupLimits limits;
  for (const Hierarchy& hierarchy : hierarchies(root)) {
    for (const fs::path& group : hierarchy.groups) {
      if (hierarchy.unified) {
        read_unified(group, limits);
      } else {
        read_version_1(group, hierarchy.controllers, limits);
      }
    }
  }
  return limits;
}

std::vector<int> slurm_counts(std::string_view list) {
  std::vector<int> counts;
  for (const std::string& part : split(list, ',')) {
    const auto bracket = part.find("(x");
    const auto value = to_number(part.substr(0, bracket));
    std::optional<std::int64_t> times = 1;
    if (bracket != std::string::npos) {
      if (part.back() != ')') return {};
      times = to_number(part.substr(bracket + 2, part.size() - bracket - 3));
    }
    constexpr std::int64_t most = 1'000'000;
    if (!value || !times || *value < 1 || *times < 1 || *value > most || *times > most) return {};
    counts.insert(counts.end(), static_cast<std::size_t>(*times), static_cast<int>(*value));
  }
  return counts;
}

SlurmGrant read_slurm(const Environment& environment) {
  SlurmGrant grant;
  for (const char* const name : {"SLURM_JOB_NUM_NODES", "SLURM_NNODES"}) {
    if (!grant.nodes) grant.nodes = count_of(environment, name);
  }
  const auto cpus = slurm_counts(value_of(environment, "SLURM_JOB_CPUS_PER_NODE"));
  if (cpus.empty()) {
    grant.cpus = slurm_cpus(environment, grant.nodes.value_or(1));
  } else {
    const auto [least, most] = std::minmax_element(cpus.begin(), cpus.end());
    grant.cpus = *least;
    grant.uneven = *least != *most;
  }
  // In MiB; SLURM_MEM_PER_NODE=0 is all of the node.
  if (const auto per_node = count_of(environment, "SLURM_MEM_PER_NODE")) {
    grant.memory = Bytes(*per_node * mebibyte);
  } else if (const auto per_cpu = count_of(environment, "SLURM_MEM_PER_CPU");
             per_cpu && grant.cpus) {
    grant.memory = Bytes(*per_cpu * mebibyte) * *grant.cpus;
  }
  return grant;
}

Grant narrow(const NodeShape& node, const GrantSources& sources) {
  Grant grant;
  grant.cores = node.cores;
  grant.pus = node.pus;
  grant.memory = node.memory;
  if (sources.cpuset) narrow_pus(grant, *sources.cpuset, "cpuset");
  if (sources.affinity) narrow_pus(grant, *sources.affinity, "affinity");

  const SlurmGrant slurm = read_slurm(sources.environment);
  if (slurm.cpus) {
    const int pus_per_core = std::max(1, (grant.pus + grant.cores - 1) / grant.cores);
    const int cores = (*slurm.cpus + pus_per_core - 1) / pus_per_core;
    narrow_pus(grant, {cores, *slurm.cpus},
               slurm.uneven ? "Slurm grant of the smallest node" : "Slurm grant");
  }
  grant.cpus = grant.pus;

  CgroupLimits cgroup;
  std::optional<std::int64_t> available;
  if (!sources.root.empty()) {
    cgroup = read_cgroups(sources.root);
    available = field_in(sources.root / "proc/meminfo", "MemAvailable:");
  }
  if (cgroup.cpus && *cgroup.cpus < grant.cpus) {
    grant.cpus = *cgroup.cpus;
    grant.limits.push_back(
        fmt::format("A cgroup quota allows {:.2f} CPUs ({}).", grant.cpus, cgroup.cpu_source));
  }
  const auto narrow_to = [&grant](Bytes left) {
    const bool narrower = !grant.memory || left < *grant.memory;
    if (narrower) grant.memory = left;
    return narrower;
  };
  if (available) {
    const Bytes left(*available * 1024);
    // What the system itself holds is no news.
    constexpr double mostly_free = 0.9;
    const bool news = node.memory && static_cast<double>(left.value()) <
                                         mostly_free * static_cast<double>(node.memory->value());
    if (narrow_to(left) && news) {
      grant.limits.push_back(fmt::format("Other processes leave {} of {} of memory.", human(left),
                                         human(*node.memory)));
    }
  }
  if (cgroup.memory && narrow_to(*cgroup.memory)) {
    grant.limits.push_back(fmt::format("A cgroup leaves {} of memory ({}).", human(*cgroup.memory),
                                       cgroup.memory_source));
  }
  if (slurm.memory && narrow_to(*slurm.memory)) {
    grant.limits.push_back(
        fmt::format("Slurm grants {} of memory per node.", human(*slurm.memory)));
  }
  return grant;
}

}  // namespace mpisize
