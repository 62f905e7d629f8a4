#include <fmt/format.h>

#include <limits>
#include <string>
#include <vector>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_cost.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace json_text {
namespace {

/// PUs of all nodes: more than any machine has, and few enough to count in an int.
constexpr std::int64_t most_pus = std::int64_t{1} << 26;

/// Less is meant in another unit.
constexpr std::int64_t least_memory = std::int64_t{1} << 20;

std::optional<Bytes> bytes_at(const Node& object, const char* key, std::int64_t least = 0) {
  return optional(object, key, [least](const Node& n) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return Bytes(n.integer(least, most, "bytes"));
    ;
  });
}

int count_or(const Node& object, const char* key, int other) {
  return optional(object, key, [](const Node& n) { return n.count(1); }).value_or(other);
}

/// The parts of a node have to fit each other.
void check(const Node& node, const NodeShape& shape) {
  if (shape.pus < shape.cores) {
    node.fail(fmt::format("has {} PUs for {} cores, but every core has one at least", shape.pus,
                          shape.cores));
  }
  if (shape.cores < shape.packages) {
    node.fail(fmt::format("has {} cores for {} packages, but every package has one at least",
                          shape.cores, shape.packages));
  }
}

NodeShape read_shape(const Node& node) {
  node.only({"packages", "numa_nodes", "cores", "pus", "memory"});
  const NodeShape shape{node.at("packages").count(1), node.at("numa_nodes").count(1),
                        node.at("cores").count(1), node.at("pus").count(1),
                        bytes_at(node, "memory")};
  check(node, shape);
  return shape;
}

/// What is granted is part of the node.
Grant read_grant(const Node& node, const NodeShape& shape) {
  node.only({"cores", "pus", "cpus", "memory", "limits"});
  Grant grant{node.at("cores").count(1), node.at("pus").count(1), node.at("cpus").number(0),
              bytes_at(node, "memory"), read_texts(node.at("limits"))};
  if (grant.cpus == 0) node.at("cpus").fail("is 0, but must be above 0");
  const auto part_of_node = [&node](const char* key, bool fits) {
    if (fits) return;
    const Node part = node.at(key);
    part.fail("is " + part.shown() + ", more than the node has");
  };
  part_of_node("cores", grant.cores <= shape.cores);
  part_of_node("pus", grant.pus <= shape.pus);
  part_of_node("cpus", grant.cpus <= shape.pus);
  part_of_node("memory", !grant.memory || !shape.memory || *grant.memory <= *shape.memory);
  return grant;
}

/// As people count them: all of a node is granted.
Topology read_counts(const Node& node) {
  node.only({"nodes", "packages", "numa_nodes", "cores", "pus", "memory"});
  Topology topology;
  topology.nodes = count_or(node, "nodes", 1);
  NodeShape& shape = topology.node;
  shape.cores = node.at("cores").count(1);
  shape.pus = count_or(node, "pus", shape.cores);
  shape.packages = count_or(node, "packages", 1);
  shape.numa_nodes = count_or(node, "numa_nodes", shape.packages);
  shape.memory = bytes_at(node, "memory", least_memory);
  check(node, shape);
  topology.grant = {shape.cores, shape.pus, static_cast<double>(shape.pus), shape.memory, {}};
  return topology;
}

}  // namespace

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
  if (node.find("node") || node.find("grant")) {
    node.only({"nodes", "node", "grant"});
    topology.nodes = node.at("nodes").count(1);
    topology.node = read_shape(node.at("node"));
    topology.grant = read_grant(node.at("grant"), topology.node);
  } else {
    topology = read_counts(node);
  }
  const std::int64_t pus = std::int64_t{topology.nodes} * topology.grant.pus;
  if (pus > most_pus) {
    node.fail(fmt::format("has {} PUs on all nodes, but this reads {} at most", pus, most_pus));
  }
  return topology;
}

}  // namespace json_text

namespace {

void put_fields(json_text::Json& json, const Topology& topology) {
  const json_text::Json fields = json_text::write(topology);
  for (const auto& [key, value] : fields.items()) json[key] = value;
}

}  // namespace

std::string to_json(const Topology& topology) {
  json_text::Json json = json_text::document("mpisize-topology");
  put_fields(json, topology);
  return json_text::print(json);
}

Topology topology_from_json(std::string_view text, std::string_view origin) {
  const json_text::Origin from{origin, "mpisize-topology", "write it again with mpisize probe"};
  json_text::Json json = json_text::parse(text, from);
  json.erase("schema");
  json.erase("schema_version");
  return json_text::read_topology(json_text::Node(json, from));
}

}  // namespace mpisize
