#include "mpisize/write/launch_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/error.hpp"
#include "mpisize/write/mpirun_said.hpp"

namespace mpisize {
namespace {

/// "user@node01.cluster" without user and domain.
std::string_view short_name(std::string_view host) {
  const auto user = host.find('@');
  if (user != std::string_view::npos) host.remove_prefix(user + 1);
  return host.substr(0, host.find('.'));
}

}  // namespace

bool is_same_host(std::string_view a, std::string_view b) { return short_name(a) == short_name(b); }

std::vector<std::string> place_ranks(const std::vector<PlacedNode>& placement,
                                     std::string_view here) {
  if (placement.empty() || placement.front().host.empty()) return {};
  const auto is_here = [&](const PlacedNode& node) { return is_same_host(node.host, here); };
  const int per_node = placement.front().ranks;
  // As --map-by ppr fills them.
  const bool even =
      std::all_of(placement.begin(), placement.end() - 1,
                  [per_node](const PlacedNode& node) { return node.ranks == per_node; }) &&
      placement.back().ranks <= per_node;
  const bool in_order =
      is_here(placement.front()) || std::none_of(placement.begin(), placement.end(), is_here);
  std::string hosts;
  for (const PlacedNode& node : placement) {
    if (in_order) {
      hosts +=
          fmt::format("{}{}:{}", hosts.empty() ? "" : ",", node.host, even ? per_node : node.ranks);
      continue;
    }
    for (int r = 0; r < node.ranks; ++r) {
      hosts += fmt::format("{}{}", hosts.empty() ? "" : ",", node.host);
    }
  }
  std::vector<std::string> options{"--host", hosts};
  if (!in_order) options.insert(options.end(), {"--map-by", "seq"});
  if (in_order && !even) options.insert(options.end(), {"--map-by", "slot"});
  return options;
}

std::vector<std::string> render_mpirun(const MpirunLine& line, const Layout& layout,
                                       const Slots& slots) {
  const MpirunSaid said = what_is_said(line.options);
  const int per_node = layout.ranks_per_node();
  const int threads = layout.threads_per_rank;
  const bool oversubscribed = slots.per_node && per_node > *slots.per_node;
  if (oversubscribed && said.no_oversubscribe) {
    throw InputError(
        fmt::format("the plan puts {} ranks on a node of {} slots, and mpirun's --nooversubscribe "
                    "forbids that; leave it out, or allow fewer ranks",
                    per_node, *slots.per_node));
  }

  std::vector<std::string> argv{line.launcher};
  argv.insert(argv.end(), line.options.begin(), line.options.end());
  const auto add = [&argv](std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words);
  };
  add({"-n", std::to_string(layout.ranks())});
  if (oversubscribed && !said.oversubscribe) {
    // With --oversubscribe Open MPI binds nothing, and ranks that wait give way to each other.
    if (slots.allocated && per_node <= *slots.allocated) {
      add({"--mca", "ras_slurm_use_entire_allocation", "1"});
    } else {
      add({"--oversubscribe"});
    }
  }
  // PE=t binds each rank to t cores of its own; mpirun refuses it if there are fewer.
  const bool cores_suffice =
      threads > 1 && slots.cores_per_node && threads <= *slots.cores_per_node / per_node;
  const bool own_cores = cores_suffice && !said.maps() && !said.binds();
  if (!said.maps() && (own_cores || layout.nodes > 1)) {
    const std::string place = layout.nodes > 1 ? fmt::format("ppr:{}:node", per_node) : "slot";
    add({"--map-by", own_cores ? fmt::format("{}:PE={}", place, threads) : place});
  }
  // Bound to one core, as is Open MPI's habit, the threads of a rank would share it.
  if (threads > 1 && !own_cores && !said.binds()) add({"--bind-to", "none"});
  if (!line.program.empty() && line.program.front().substr(0, 1) == "-") add({"--"});
  argv.insert(argv.end(), line.program.begin(), line.program.end());
  return argv;
}

std::vector<std::string> render_srun(const std::string& launcher,
                                     const std::vector<std::string>& options, const Layout& layout,
                                     const std::vector<std::string>& program) {
  std::vector<std::string> argv{launcher};
  argv.insert(argv.end(), options.begin(), options.end());
  if (std::none_of(options.begin(), options.end(), [](const std::string& option) {
        return option == "--mpi" || option.substr(0, 6) == "--mpi=";
      })) {
    argv.emplace_back("--mpi=pmix");
  }
  argv.push_back(fmt::format("--nodes={}", layout.nodes));
  argv.push_back(fmt::format("--ntasks={}", layout.ranks()));
  argv.push_back(fmt::format("--cpus-per-task={}", layout.threads_per_rank));
  argv.insert(argv.end(), program.begin(), program.end());
  return argv;
}

}  // namespace mpisize
