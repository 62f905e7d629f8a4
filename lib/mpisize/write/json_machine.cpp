#include <array>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::Node;
using json_text::Origin;
using json_text::write;

constexpr std::array levels{Level::same_numa_node, Level::same_package, Level::same_node,
                            Level::between_nodes, Level::between_racks};

Json write(const Link& link) {
  Json pieces = Json::array();
  for (const LinkPiece& piece : link.pieces) {
    pieces.push_back(Json{{"from", piece.from.value()},
                          {"alpha", write(piece.cost.alpha)},
                          {"beta", write(piece.cost.beta)}});
  }
  Json json{{"level", name_of(link.level)}, {"pieces", std::move(pieces)}};
  if (link.eager_limit) json["eager_limit"] = link.eager_limit->value();
  json["relative_error"] = write(link.relative_error);
  json["one_piece_error"] = write(link.one_piece_error);
  json["latency"] = write(link.latency);
  json["per_byte"] = write(link.per_byte);
  json["message"] = Json{{"send", write(link.message.send)},
                         {"receive", write(link.message.receive)},
                         {"gap", write(link.message.gap)}};
  if (link.node_per_byte) json["node_per_byte"] = write(*link.node_per_byte);
  if (link.incast_per_byte) json["incast_per_byte"] = write(*link.incast_per_byte);
  json["source"] = name_of(link.source);
  return json;
}

Link read_link(const Node& node) {
  Link link;
  link.level = read_word(node.at("level"), levels, [](Level level) { return name_of(level); });
  link.pieces = list_of(node.at("pieces"), [](const Node& piece) {
    return LinkPiece{piece.at("from").bytes(),
                     {piece.at("alpha").seconds(), SecondsPerByte(piece.at("beta").number(0))}};
  });
  if (link.pieces.empty() || link.pieces.front().from != Bytes(0)) {
    node.at("pieces").fail("must begin with a piece from 0 bytes");
  }
  for (std::size_t i = 1; i < link.pieces.size(); ++i) {
    if (link.pieces[i].from <= link.pieces[i - 1].from) {
      node.at("pieces").fail("must rise in from");
    }
  }
  link.eager_limit = optional(node, "eager_limit", [](const Node& n) { return n.bytes(); });
  link.relative_error = node.at("relative_error").number(0);
  // A link that was written by hand says no more than its pieces.
  const auto estimate_of_seconds = [](const Node& n) {
    return json_text::read_estimate<Seconds>(n);
  };
  const auto estimate_per_byte = [](const Node& n) {
    return json_text::read_estimate<SecondsPerByte>(n);
  };
  const Hockney& first = link.pieces.front().cost;
  const Hockney& last = link.pieces.back().cost;
  link.one_piece_error =
      optional(node, "one_piece_error", [](const Node& n) { return n.number(0); }).value_or(0);
  link.latency =
      optional(node, "latency", estimate_of_seconds)
          .value_or(Estimate<Seconds>{first.alpha, first.alpha, first.alpha, Source::given});
  link.per_byte =
      optional(node, "per_byte", estimate_per_byte)
          .value_or(Estimate<SecondsPerByte>{last.beta, last.beta, last.beta, Source::given});
  if (const auto message = optional(node, "message", [&](const Node& n) {
        return MessageCost{estimate_of_seconds(n.at("send")), estimate_of_seconds(n.at("receive")),
                           estimate_of_seconds(n.at("gap"))};
      })) {
    link.message = *message;
  }
  link.node_per_byte = optional(node, "node_per_byte", estimate_per_byte);
  link.incast_per_byte = optional(node, "incast_per_byte", estimate_per_byte);
  link.source =
      read_word(node.at("source"), std::array{Source::measured, Source::assumed, Source::given},
                [](Source source) { return name_of(source); });
  return link;
}

Json write(const Host& host) {
  return Json{{"name", host.name},          {"rack", host.rack},
              {"speed", write(host.speed)}, {"usable", host.usable},
              {"findings", host.findings},  {"topology", json_text::write(host.topology)}};
}

Host read_host(const Node& node) {
  Host host;
  host.name = node.at("name").text();
  if (host.name.empty()) node.at("name").fail("is empty");
  host.rack = node.at("rack").count(0);
  host.speed = node.at("speed").number(0);
  if (host.speed == 0) node.at("speed").fail("is 0, but must be above 0");
  host.usable = node.at("usable").boolean();
  host.findings = read_texts(node.at("findings"));
  host.topology = json_text::read_topology(node.at("topology"));
  return host;
}

Launch read_launch(const Node& node) {
  return {json_text::read_estimate<Seconds>(node.at("fixed")),
          json_text::read_estimate<Seconds>(node.at("per_node")),
          json_text::read_estimate<Seconds>(node.at("per_rank"))};
}

DispatchCost read_dispatch(const Node& node) {
  return {json_text::read_estimate<Seconds>(node.at("root_per_chunk")),
          json_text::read_estimate<Seconds>(node.at("worker_per_chunk")),
          json_text::read_estimate<double>(node.at("shared_message")),
          json_text::read_estimate<Seconds>(node.at("round_trip")),
          json_text::read_estimate<SecondsPerByte>(node.at("root_per_byte")),
          optional(node, "port_per_byte",
                   [](const Node& n) { return json_text::read_estimate<SecondsPerByte>(n); })
              .value_or(DispatchCost().port_per_byte),
          optional(node, "near", [](const Node& n) {
            return NearCost{json_text::read_estimate<Seconds>(n.at("root_per_chunk")),
                            json_text::read_estimate<Seconds>(n.at("round_trip"))};
          })};
}

void put_fields(Json& json, const Topology& topology) {
  const Json fields = write(topology);
  for (const auto& [key, value] : fields.items()) json[key] = value;
}

}  // namespace

namespace json_text {

Json write(const Topology& topology) {
  const NodeShape& shape = topology.node;
  Json node{{"packages", shape.packages},
            {"numa_nodes", shape.numa_nodes},
            {"cores", shape.cores},
            {"pus", shape.pus}};
  if (shape.memory) node["memory"] = shape.memory->value();
  Json grant{{"cores", topology.grant.cores},
             {"pus", topology.grant.pus},
             {"cpus", write(topology.grant.cpus)}};
  if (topology.grant.memory) grant["memory"] = topology.grant.memory->value();
  grant["limits"] = topology.grant.limits;
  return Json{{"nodes", topology.nodes}, {"node", std::move(node)}, {"grant", std::move(grant)}};
}

Topology read_topology(const Node& node) {
  Topology topology;
  topology.nodes = node.at("nodes").count(1);
  const Node shape = node.at("node");
  topology.node = {shape.at("packages").count(1), shape.at("numa_nodes").count(1),
                   shape.at("cores").count(1), shape.at("pus").count(1),
                   optional(shape, "memory", [](const Node& n) { return n.bytes(); })};
  const Node grant = node.at("grant");
  topology.grant = {grant.at("cores").count(1), grant.at("pus").count(1),
                    grant.at("cpus").number(0),
                    optional(grant, "memory", [](const Node& n) { return n.bytes(); }),
                    read_texts(grant.at("limits"))};
  if (topology.grant.cpus == 0) grant.at("cpus").fail("is 0, but must be above 0");
  return topology;
}

}  // namespace json_text

std::string to_json(const Topology& topology) {
  Json json = json_text::document("mpisize-topology");
  put_fields(json, topology);
  return json_text::print(json);
}

Topology topology_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-topology", "write it again with mpisize probe"};
  const Json json = json_text::parse(text, from);
  return json_text::read_topology(Node(json, from));
}

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
  const Origin from{origin, "mpisize-machine", "measure again with mpisize probe"};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  Machine machine;
  machine.host = root.at("host").text();
  machine.mpi = root.at("mpi").text();
  machine.fingerprint = root.at("fingerprint").text();
  machine.topology = json_text::read_topology(root.at("topology"));
  machine.hosts = optional(root, "hosts", [](const Node& node) {
                    return list_of(node, read_host);
                  }).value_or(std::vector<Host>());
  machine.links = list_of(root.at("links"), read_link);
  for (std::size_t i = 0; i < machine.links.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (machine.links[i].level == machine.links[j].level) {
        root.at("links").fail("has two links of the level " +
                              std::string(name_of(machine.links[i].level)));
      }
    }
  }
  machine.launch = read_launch(root.at("launch"));
  machine.dispatch = read_dispatch(root.at("dispatch"));
  const Node model_error = root.at("model_error");
  machine.model_error.residuals =
      list_of(model_error.at("residuals"), [](const Node& n) { return n.number(-1); });
  return machine;
}

}  // namespace mpisize
