#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"
#include "mpisize/choose/uncertainty.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/report.hpp"

namespace mpisize {
namespace {

std::string described(const Link& link) {
  std::string level(name_of(link.level));
  std::replace(level.begin(), level.end(), '_', ' ');
  std::string text = fmt::format("  link {}: {}", level, name_of(link.source));
  if (link.source == Source::measured) {
    text += fmt::format(", median error {:.1f} %", 100 * link.relative_error);
    if (link.pieces.size() > 1) {
      text += fmt::format(" ({:.0f} % as a single line)", 100 * link.one_piece_error);
    }
  }
  if (link.eager_limit) text += fmt::format(", eager up to {}", human(*link.eager_limit));
  text += "\n";
  for (const LinkPiece& piece : link.pieces) {
    text += fmt::format("    from {:>7}  latency {:>7}, bandwidth {}\n", human(piece.from),
                        human(piece.cost.alpha), human(piece.cost.beta));
  }
  if (link.message.send.source == Source::measured) {
    text += fmt::format(
        "    a message costs its sender {}, its receiver {}, the next follows after {}\n",
        human(link.message.send.value), human(link.message.receive.value),
        human(link.message.gap.value));
  }
  if (link.node_per_byte) {
    text += fmt::format("    all ranks of a node together {}\n", human(*link.node_per_byte));
  }
  if (link.incast_per_byte) {
    text += fmt::format("    a node that takes in from many {}\n", human(*link.incast_per_byte));
  }
  if (link.shared_gap) {
    text += fmt::format("    small messages of all nodes at once, one after the other, {}\n",
                        human(*link.shared_gap));
  }
  return text;
}

std::string described(const std::vector<Host>& hosts) {
  const int racks = rack_count(hosts);
  std::string text = fmt::format("  {}", counted(static_cast<std::int64_t>(hosts.size()), "host"));
  if (racks > 1) text += fmt::format(" in {} racks", racks);
  text += "\n";
  for (int rack = 0; racks > 1 && rack < racks; ++rack) {
    text += fmt::format("    rack {}:", rack + 1);
    for (const Host& h : hosts) {
      if (h.rack == rack) text += " " + h.name;
    }
    text += "\n";
  }
  for (const Host& h : hosts) {
    for (const std::string& finding : h.findings) {
      text +=
          fmt::format("    {}: {}{}\n", h.name, finding, h.usable ? "" : "; plans leave it out");
    }
  }
  return text;
}

std::string described(const ModelError& error) {
  if (error.residuals.empty()) return "  model error assumed: no earlier run on this machine\n";
  std::vector<double> sizes;
  std::transform(error.residuals.begin(), error.residuals.end(), std::back_inserter(sizes),
                 [](double r) { return std::abs(r); });
  const bool too_few = uncertainty_of({}, error, {}).model_assumed;
  return fmt::format("  model error {}: median {:.1f} % in {}\n",
                     too_few ? "assumed, earlier runs are too few" : "measured",
                     100 * median(sizes),
                     counted(static_cast<std::int64_t>(sizes.size()), "earlier run"));
}

}  // namespace

std::string describe(const Topology& topology) {
  const NodeShape& node = topology.node;
  const Grant& grant = topology.grant;
  std::string text = fmt::format(
      "  {}{} with {}, {}, {}, {}", topology.nodes == 1 ? "" : "each of ",
      counted(topology.nodes, "node"), counted(node.packages, "package"),
      counted(node.numa_nodes, "NUMA node"), counted(node.cores, "core"), counted(node.pus, "PU"));
  if (node.memory) text += fmt::format(", {} memory", human(*node.memory));
  text += fmt::format("\n  granted{}: {}, {}, {:.3g} CPUs of time",
                      topology.nodes == 1 ? "" : " on each", counted(grant.cores, "core"),
                      counted(grant.pus, "PU"), grant.cpus);
  if (grant.memory) text += fmt::format(", {} memory free", human(*grant.memory));
  text += "\n";
  for (const std::string& limit : grant.limits) text += fmt::format("    {}\n", limit);
  return text;
}

std::string describe(const Machine& machine) {
  const Launch& launch = machine.launch;
  const DispatchCost& dispatch = machine.dispatch;
  std::string text =
      fmt::format("machine {}{}\n", machine.host.empty() ? "(no name)" : machine.host,
                  machine.mpi.empty() ? "" : ", " + machine.mpi);
  text += describe(machine.topology);
  if (!machine.hosts.empty()) text += described(machine.hosts);
  for (const Link& link : machine.links) text += described(link);
  if (machine.links.empty()) text += "  links not measured\n";
  text += "  launch = fixed + nodes x per node + ranks x per rank\n";
  text += fmt::format("    fixed     {}\n", human(launch.fixed));
  text += fmt::format("    per node  {}\n", human(launch.per_node));
  text += fmt::format("    per rank  {}\n", human(launch.per_rank));
  text += "  dispatch of a chunk\n";
  text += fmt::format("    root        {}\n", human(dispatch.root_per_chunk));
  text += fmt::format("    worker      {}\n", human(dispatch.worker_per_chunk));
  text += fmt::format("    tiny, sharing its message  {:.2f} of that, {}\n",
                      dispatch.shared_message.value, name_of(dispatch.shared_message.source));
  text += fmt::format("    round trip  {}\n", human(dispatch.round_trip));
  text += fmt::format("    root, data  {}\n", human(dispatch.root_per_byte));
  if (dispatch.near) {
    text +=
        fmt::format("    within a node, root        {}\n", human(dispatch.near->root_per_chunk));
    text += fmt::format("    within a node, round trip  {}\n", human(dispatch.near->round_trip));
  }
  if (machine.topology.nodes > 1) {
    text += fmt::format("    port of the root's node    {}\n", human(dispatch.port_per_byte));
  }
  return text + described(machine.model_error);
}

}  // namespace mpisize
