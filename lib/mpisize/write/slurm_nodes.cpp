#include "mpisize/write/slurm_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/write/slurm_cluster.hpp"
#include "mpisize/write/slurm_text.hpp"

namespace mpisize {
namespace {

using slurm_text::Place;
using slurm_text::split;

constexpr std::string_view nodes_command = "sinfo";

enum Field { name, nodes, sockets, cores, threads, cpus, ram, features, generic, state, shares };
constexpr std::size_t field_count = shares + 1;

/// sinfo's long words with the flags behind them: "idle~" sleeps, "mixed*" does not answer. What is
/// not known is not available.
void count_nodes(NodeStates& states, std::string_view word, int count) {
  const auto flags = word.find_first_of("*~#!%$@^-+");
  const std::string_view base = word.substr(0, flags);
  // Not answering, to be maintained, rebooting.
  const bool off = flags != std::string_view::npos &&
                   word.substr(flags).find_first_of("*$^") != std::string_view::npos;
  const auto is = [&](auto... words) { return !off && ((base == words) || ...); };
  if (is("idle", "planned", "powered_down", "powering_down", "power_down")) {
    states.idle += count;
  } else if (is("mixed")) {
    states.mixed += count;
  } else if (is("allocated", "completing", "powering_up", "power_up")) {
    states.allocated += count;
  } else {
    states.unavailable += count;
  }
}

bool have_one_shape(const NodeGroup& a, const NodeGroup& b) {
  return a.sockets == b.sockets && a.cores_per_socket == b.cores_per_socket &&
         a.threads_per_core == b.threads_per_core && a.cpus == b.cpus && a.memory == b.memory &&
         a.features == b.features && a.gres == b.gres;
}

void add_group(Partition& partition, const NodeGroup& group) {
  const auto same =
      std::find_if(partition.groups.begin(), partition.groups.end(),
                   [&group](const NodeGroup& other) { return have_one_shape(group, other); });
  if (same == partition.groups.end()) {
    partition.groups.push_back(group);
    return;
  }
  same->states.idle += group.states.idle;
  same->states.mixed += group.states.mixed;
  same->states.allocated += group.states.allocated;
  same->states.unavailable += group.states.unavailable;
  *same->idle_cpus += *group.idle_cpus;
}

/// Idle of "allocated/idle/other/total".
std::int64_t idle_of(std::string_view text, const Place& place) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  const auto parts = split(text, '/');
  if (parts.size() != 4) place.fail("has no CPUs as allocated/idle/other/total");
  return slurm_text::number(parts[1], most, place);
}

}  // namespace

std::vector<std::string> nodes_question() {
  return {"sinfo",
          "--noconvert",
          "--all",
          "--noheader",
          "--exact",
          "-o",
          "%R|%D|%X|%Y|%Z|%c|%m|%f|%G|%T|%C"};
}

void add_nodes(std::string_view text, std::vector<Partition>& partitions) {
  using slurm_text::count;
  const auto lines = slurm_text::lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const Place place{nodes_command, i + 1};
    const auto fields = split(lines[i], '|');
    if (fields.size() != field_count) {
      place.fail(fmt::format("has {} fields instead of {}", fields.size(), field_count));
    }
    const int node_count = count(fields[nodes], place);
    const auto partition = std::find_if(partitions.begin(), partitions.end(),
                                        [&](const Partition& p) { return p.name == fields[name]; });
    if (node_count == 0 || partition == partitions.end()) continue;
    NodeGroup group;
    group.sockets = std::max(1, count(fields[sockets], place));
    group.cores_per_socket = std::max(1, count(fields[cores], place));
    group.threads_per_core = std::max(1, count(fields[threads], place));
    group.cpus = std::max(1, count(fields[cpus], place));
    group.memory = slurm_text::memory(fields[ram], place);
    group.features = slurm_text::words(fields[features]);
    group.gres = slurm_text::gres(fields[generic], place);
    group.idle_cpus = idle_of(fields[shares], place);
    count_nodes(group.states, fields[state], node_count);
    add_group(*partition, group);
  }
}

}  // namespace mpisize
