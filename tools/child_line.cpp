#include "child_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "errors.hpp"
#include "launcher.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/grant.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/launch.hpp"
#include "mpisize/write/mpirun_said.hpp"
#include "slots.hpp"

namespace mpisize::tools {
namespace {

/// Whether one of the options is about `topic`: "bind" finds --bind-to and -bind-to-core.
bool mentions(const std::vector<std::string>& options, std::string_view topic) {
  return std::any_of(options.begin(), options.end(), [&](const std::string& option) {
    return option.rfind('-', 0) == 0 && option.find(topic) != std::string::npos;
  });
}

void check_launcher(const std::string& launcher) {
  try {
    static_cast<void>(find_program(launcher));
  } catch (const StartError& error) {
    constexpr int not_found = 127;
    if (error.exit_code() != not_found) throw;
    throw StartError(
        fmt::format("'{}' is not there, and it starts the ranks; install Open MPI (Debian: "
                    "apt install openmpi-bin) or add its bin directory to PATH",
                    launcher),
        not_found);
  }
}

bool is_program(const std::string& word) {
  try {
    static_cast<void>(find_program(word));
    return true;
  } catch (const StartError&) {
    return false;
  }
}

}  // namespace

ChildLine read_child(const std::vector<std::string>& words) {
  ChildLine child;
  child.argv = words;
  // A launcher that is not there is taken for Open MPI's; that it is missing is said later.
  const std::string mpi =
      is_mpirun(words.front()) ? mpi_of(words.front()).value_or("Open MPI") : "";
  try {
    Launch launch = read_launch(words, mpi, is_program);
    if (launch.line) child.mpirun = *std::move(launch.line);
    if (launch.kind == LaunchKind::passed_on) child.passed_on = launch.why;
  } catch (const InputError& error) {
    throw UsageError(error.what());
  }
  child.wrapped = child.passed_on || is_mpirun(words.front());
  return child;
}

void check_can_be_sized(const ChildLine& child) {
  if (child.passed_on) throw UsageError(*child.passed_on);
}

void check_can_start(const ChildLine& child) {
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) {
    throw UsageError(
        "mpisize starts mpirun itself; write mpisize run -- mpirun ... and not mpirun ... mpisize "
        "run");
  }
  // With another working directory or search path the program need not be where we look.
  if (!mentions(child.mpirun.options, "wd") && !mentions(child.mpirun.options, "path")) {
    static_cast<void>(find_program(child.mpirun.program.front()));
  }
  check_launcher(child.mpirun.launcher);
}

Linkage linkage_of(const ChildLine& child) {
  return child.linkage ? *child.linkage : linkage_of(child.mpirun.program.front());
}

bool names_hosts(const ChildLine& child) {
  return mentions(child.mpirun.options, "host") || mentions(child.mpirun.options, "-H");
}

bool starts_elsewhere(const std::vector<PlacedNode>& placement) {
  return !placement.empty() && !placement.front().host.empty() &&
         !is_same_host(placement.front().host, host_name());
}

std::vector<std::string> start_line(const ChildLine& child, const Layout& layout,
                                    const Topology& topology, std::vector<PlacedNode> placement,
                                    const std::vector<std::string>& exported) {
  if (layout.ranks() == 1 && !child.wrapped) return child.mpirun.program;
  MpirunLine line = child.mpirun;
  if (!placement.empty() && !names_hosts(child)) {
    int placed = 0;
    for (const PlacedNode& node : placement) placed += node.ranks;
    placement.back().ranks += std::max(0, layout.ranks() - placed);
    const bool maps = mentions(line.options, "map-by") || mentions(line.options, "rankfile");
    const std::vector<std::string> options = place_ranks(placement, host_name());
    // The user's mapping holds; hosts alone are ours.
    const auto end = maps ? std::min<std::ptrdiff_t>(2, std::ssize(options)) : std::ssize(options);
    line.options.insert(line.options.end(), options.begin(), options.begin() + end);
    // mpirun promises the environment only to ranks on its own host.
    if (starts_elsewhere(placement)) {
      line.options.insert(line.options.end(), {"-x", "MPISIZE_PLAN"});
    }
  }
  if (layout.nodes > 1 || names_hosts(child) || starts_elsewhere(placement)) {
    const auto own = what_is_said(line.options).variables;
    for (const std::string& name : exported) {
      if (!own.contains(name)) line.options.insert(line.options.end(), {"-x", name});
    }
  }
  return render_mpirun(line, layout, slots_of(topology, current_environment()));
}

std::vector<std::string> sampling_line(const ChildLine& child, int ranks,
                                       const Topology& topology) {
  MpirunLine line = child.mpirun;
  if (!mentions(line.options, "bind")) {
    line.options.insert(line.options.end(), {"--bind-to", "none"});
  }
  Layout layout;
  layout.nodes = std::min(topology.nodes, ranks);
  layout.rank_count = ranks;
  return render_mpirun(line, layout, slots_of(topology, current_environment()));
}

}  // namespace mpisize::tools
