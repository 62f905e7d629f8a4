#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/write/simgrid.hpp"
#include "mpisize/write/simgrid_network.hpp"
#include "mpisize/write/xml_text.hpp"

namespace mpisize {
namespace {

/// Nodes behind one switch.
struct Rack {
  std::string name;
  int nodes = 1;
  std::vector<std::string> hosts;  ///< What they stand for; may be empty.
};

std::vector<Rack> racks_of(const Machine& machine) {
  std::map<int, std::vector<std::string>> hosts;
  for (const Host& host : machine.hosts) {
    if (host.usable) hosts[host.rack].push_back(host.name);
  }
  if (hosts.size() < 2) {
    const auto names = hosts.empty() ? std::vector<std::string>() : hosts.begin()->second;
    return {{"node", machine.topology.nodes, names}};
  }
  std::vector<Rack> racks;
  racks.reserve(hosts.size());
  for (const auto& [rack, names] : hosts) {
    racks.push_back({fmt::format("rack{}", rack), static_cast<int>(names.size()), names});
  }
  return racks;
}

/// Latency and bandwidth within a node, under the factors and overheads of the other link.
SimgridNetwork memory_of(const Machine& machine, const SimgridNetwork& net) {
  SimgridNetwork memory = net;
  const auto link = link_at(machine, Level::same_node);
  const bool known = link && link->level < Level::between_nodes && !link->pieces.empty();
  if (machine.topology.nodes <= 1 || !known) return memory;
  const Seconds way = link->pieces.front().cost.alpha - net.send - net.receive;
  memory.latency = Seconds(std::max(1e-9, way.value()));
  const double beta = std::max(1e-15, link->pieces.back().cost.beta.value());
  memory.bandwidth = 1 / beta / net.segments.back().bandwidth_factor;
  return memory;
}

std::string cluster(const Machine& machine, const Rack& rack, const SimgridNetwork& net,
                    const SimgridNetwork& memory) {
  std::string text;
  for (std::size_t i = 0; i < rack.hosts.size(); ++i) {
    std::string name = xml_escape(rack.hosts[i]);
    std::replace(name.begin(), name.end(), '-', '_');  // "--" would end the comment
    text += fmt::format("    <!-- {}-{}: {} -->\n", rack.name, i, name);
  }
  return text + fmt::format(
                    "    <cluster id=\"{0}\" prefix=\"{0}-\" suffix=\"\" radical=\"0-{1}\" "
                    "speed=\"1Gf\" core=\"{2}\"\n"
                    "             bw=\"{3:.9g}Bps\" lat=\"{4:.9g}s\" "
                    "sharing_policy=\"SPLITDUPLEX\"\n"
                    "             loopback_bw=\"{5:.9g}Bps\" loopback_lat=\"{6:.9g}s\" "
                    "router_id=\"{0}-switch\"/>\n",
                    rack.name, rack.nodes - 1, machine.topology.grant.pus, net.bandwidth,
                    net.latency.value() / 2, memory.bandwidth, memory.latency.value());
}

/// The second level: a way between every two racks.
std::string between(const Machine& machine, const std::vector<Rack>& racks,
                    const SimgridNetwork& net) {
  if (racks.size() < 2) return "";
  const auto link = link_at(machine, Level::between_racks);
  if (!link || link->pieces.empty()) throw std::invalid_argument("a link between racks is empty");
  const Hockney& first = link->pieces.front().cost;
  const Seconds longer = first.alpha - net.send - net.receive - net.latency;
  const double beta = std::max(1e-15, link->pieces.back().cost.beta.value());
  const double pair = 1 / beta / net.segments.back().bandwidth_factor;
  std::string text = fmt::format(
      "    <link id=\"between-racks\" bandwidth=\"{:.9g}Bps\" latency=\"{:.9g}s\" "
      "sharing_policy=\"FATPIPE\"/>\n",
      pair, std::max(0.0, longer.value()));
  for (const Rack& rack : racks) {
    text += fmt::format(
        "    <link id=\"{}-up\" bandwidth=\"{:.9g}Bps\" latency=\"0s\" "
        "sharing_policy=\"SPLITDUPLEX\"/>\n",
        rack.name, net.bandwidth * rack.nodes);
  }
  for (auto a = racks.begin(); a != racks.end(); ++a) {
    for (auto b = std::next(a); b != racks.end(); ++b) {
      text += fmt::format(
          "    <zoneRoute src=\"{0}\" dst=\"{1}\" gw_src=\"{0}-switch\" gw_dst=\"{1}-switch\">\n"
          "      <link_ctn id=\"{0}-up\" direction=\"UP\"/>\n"
          "      <link_ctn id=\"between-racks\"/>\n"
          "      <link_ctn id=\"{1}-up\" direction=\"DOWN\"/>\n"
          "    </zoneRoute>\n",
          a->name, b->name);
    }
  }
  return text;
}

}  // namespace

std::string simgrid_platform(const Machine& machine) {
  const SimgridNetwork net = simgrid_network(machine);
  const SimgridNetwork memory = memory_of(machine, net);
  const std::vector<Rack> racks = racks_of(machine);
  std::string text =
      "<?xml version=\"1.0\"?>\n"
      "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
      "<platform version=\"4.1\">\n"
      "  <zone id=\"machine\" routing=\"Full\">\n";
  for (const Rack& rack : racks) text += cluster(machine, rack, net, memory);
  text += between(machine, racks, net);
  return text + "  </zone>\n</platform>\n";
}

}  // namespace mpisize
