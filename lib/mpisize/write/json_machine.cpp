#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mpisize/model/what_if.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/json_cost.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::cost_or;
using json_text::Json;
using json_text::Node;
using json_text::Origin;
using json_text::write;

Json write(const Host& host) {
  return Json{{"name", host.name},          {"rack", host.rack},
              {"speed", write(host.speed)}, {"usable", host.usable},
              {"findings", host.findings},  {"topology", json_text::write(host.topology)}};
}

/// Of a host that people write name and rack are enough: it is like the nodes of the machine.
Host read_host(const Node& node, const Topology& topology) {
  node.only({"name", "rack", "speed", "usable", "findings", "topology"});
  Host host;
  host.name = node.at("name").name();
  if (host.name.empty()) node.at("name").fail("is empty");
  host.rack = optional(node, "rack", [](const Node& n) { return n.count(0); }).value_or(0);
  host.speed = optional(node, "speed", [](const Node& n) { return n.number(0); }).value_or(1);
  if (host.speed == 0) node.at("speed").fail("is 0, but must be above 0");
  host.usable = optional(node, "usable", [](const Node& n) { return n.boolean(); }).value_or(true);
  host.findings =
      optional(node, "findings", json_text::read_texts).value_or(std::vector<std::string>());
  host.topology = topology;
  host.topology.nodes = 1;
  if (const auto own = node.find("topology")) host.topology = json_text::read_topology(*own);
  return host;
}

/// No host is there twice, and there are as many as the topology counts.
std::vector<Host> read_hosts(const Node& list, const Topology& topology) {
  std::vector<Host> hosts;
  std::set<std::string> names;
  for (const Node& node : list.list()) {
    hosts.push_back(read_host(node, topology));
    if (!names.insert(hosts.back().name).second) {
      node.at("name").fail("is " + node.at("name").shown() + ", which is there already");
    }
  }
  if (!hosts_fit(hosts, topology)) {
    const auto usable =
        std::count_if(hosts.begin(), hosts.end(), [](const Host& h) { return h.usable; });
    list.fail(
        fmt::format("has {} usable, which cannot be the {} nodes with {} PUs of the topology; make "
                    "them agree, or leave hosts out",
                    usable, topology.nodes, topology.grant.pus));
  }
  return hosts;
}

std::vector<Link> read_links(const Node& list) {
  std::vector<Link> links;
  for (const Node& node : list.list()) {
    links.push_back(json_text::read_link(node));
    const auto same = [&](const Link& other) { return other.level == links.back().level; };
    if (std::count_if(links.begin(), links.end(), same) > 1) {
      list.fail("has two links of the level " + std::string(name_of(links.back().level)));
    }
  }
  return links;
}

Launch read_launch(const Node& node) {
  node.only({"fixed", "per_node", "per_rank"});
  const Launch other;
  return {cost_or(node, "fixed", other.fixed), cost_or(node, "per_node", other.per_node),
          cost_or(node, "per_rank", other.per_rank)};
}

/// What was measured stands for all; else the links say what they can.
DispatchCost read_dispatch(const Node& node, const std::vector<Link>& links, int nodes) {
  node.only({"root_per_chunk", "worker_per_chunk", "shared_message", "round_trip", "root_per_byte",
             "port_per_byte", "near"});
  const bool whole = node.find("root_per_chunk") && node.find("round_trip");
  const DispatchCost other = whole ? DispatchCost() : dispatch_over(links, nodes);
  return {cost_or(node, "root_per_chunk", other.root_per_chunk),
          cost_or(node, "worker_per_chunk", other.worker_per_chunk),
          cost_or(node, "shared_message", other.shared_message),
          cost_or(node, "round_trip", other.round_trip),
          cost_or(node, "root_per_byte", other.root_per_byte),
          cost_or(node, "port_per_byte", other.port_per_byte),
          node.find("near")
              ? optional(node, "near",
                         [](const Node& n) {
                           n.only({"root_per_chunk", "round_trip"});
                           const NearCost none;
                           return NearCost{cost_or(n, "root_per_chunk", none.root_per_chunk),
                                           cost_or(n, "round_trip", none.round_trip)};
                         })
              : other.near};
}

std::string text_or_none(const Node& object, const char* key) {
  return optional(object, key, [](const Node& n) { return n.text(); }).value_or("");
}

}  // namespace

std::string to_json(const Machine& machine) {
  Json json = json_text::document("mpisize-machine");
  json["host"] = machine.host;
  json["mpi"] = machine.mpi;
  json["fingerprint"] = machine.fingerprint;
  json["topology"] = write(machine.topology);
  json["hosts"] = Json::array();
  for (const Host& host : machine.hosts) json["hosts"].push_back(write(host));
  json["links"] = Json::array();
  for (const Link& link : machine.links) json["links"].push_back(write(link));
  json["launch"] = Json{{"fixed", write(machine.launch.fixed)},
                        {"per_node", write(machine.launch.per_node)},
                        {"per_rank", write(machine.launch.per_rank)}};
  json["dispatch"] = Json{{"root_per_chunk", write(machine.dispatch.root_per_chunk)},
                          {"worker_per_chunk", write(machine.dispatch.worker_per_chunk)},
                          {"shared_message", write(machine.dispatch.shared_message)},
                          {"round_trip", write(machine.dispatch.round_trip)},
                          {"root_per_byte", write(machine.dispatch.root_per_byte)},
                          {"port_per_byte", write(machine.dispatch.port_per_byte)}};
  if (const auto& near = machine.dispatch.near) {
    json["dispatch"]["near"] = Json{{"root_per_chunk", write(near->root_per_chunk)},
                                    {"round_trip", write(near->round_trip)}};
  }
  Json residuals = Json::array();
  for (const double residual : machine.model_error.residuals) residuals.push_back(write(residual));
  json["model_error"] = Json{{"residuals", std::move(residuals)}};
  return json_text::print(json);
}

Machine machine_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-machine", "correct it, or measure again with mpisize probe",
                    true};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  root.only({"schema", "schema_version", "host", "mpi", "fingerprint", "topology", "hosts", "links",
             "launch", "dispatch", "model_error"});
  Machine machine;
  if (const auto host = root.find("host")) machine.host = host->name();
  machine.mpi = text_or_none(root, "mpi");
  machine.fingerprint = text_or_none(root, "fingerprint");
  machine.topology = json_text::read_topology(root.at("topology"));
  machine.hosts = optional(root, "hosts", [&](const Node& n) {
                    return read_hosts(n, machine.topology);
                  }).value_or(std::vector<Host>());
  machine.links = optional(root, "links", read_links).value_or(std::vector<Link>());
  machine.launch = optional(root, "launch", read_launch).value_or(Launch());
  const int nodes = machine.topology.nodes;
  machine.dispatch = optional(root, "dispatch", [&](const Node& n) {
                       return read_dispatch(n, machine.links, nodes);
                     }).value_or(dispatch_over(machine.links, nodes));
  if (const auto model_error = root.find("model_error")) {
    model_error->only({"residuals"});
    machine.model_error.residuals =
        list_of(model_error->at("residuals"), [](const Node& n) { return n.number(-1); });
  }
  return machine;
}

}  // namespace mpisize
