#include <fmt/format.h>

#include <array>

#include "mpisize/write/json_cost.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize::json_text {
namespace {

constexpr std::array levels{Level::same_numa_node, Level::same_package, Level::same_node,
                            Level::between_nodes, Level::between_racks};

/// What people write is within these, or in another unit: microseconds, gigabytes.
constexpr double longest_latency = 0.1;
constexpr double least_bandwidth = 1e6;
constexpr double most_bandwidth = 1e15;

/// Seconds per byte of a bandwidth.
SecondsPerByte inverse_of(const Node& node) {
  return SecondsPerByte(1 / node.number(least_bandwidth, most_bandwidth, "bytes per second"));
}

LinkPiece read_piece(const Node& piece) {
  piece.only({"from", "alpha", "beta"});
  return {piece.at("from").bytes(),
          {Seconds(piece.at("alpha").number(0, longest_cost, "seconds")),
           SecondsPerByte(piece.at("beta").number(0, longest_per_byte, "seconds per byte"))}};
}

std::vector<LinkPiece> read_pieces(const Node& node) {
  std::vector<LinkPiece> pieces = list_of(node, read_piece);
  if (pieces.empty() || pieces.front().from != Bytes(0)) {
    node.fail("must begin with a piece from 0 bytes");
  }
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i].from <= pieces[i - 1].from) node.fail("must rise in from");
  }
  return pieces;
}

/// A single line, by latency and bandwidth.
std::vector<LinkPiece> read_line(const Node& link) {
  const bool no_line = !link.find("bandwidth") || !link.find("latency");
  if (no_line) link.fail("needs latency and bandwidth, or pieces");
  const double latency = link.at("latency").number(0, longest_latency, "seconds");
  return {{Bytes(0), {Seconds(latency), inverse_of(link.at("bandwidth"))}}};
}

MessageCost read_message(const Node& node) {
  node.only({"send", "receive", "gap"});
  const MessageCost none;
  return {cost_or(node, "send", none.send), cost_or(node, "receive", none.receive),
          cost_or(node, "gap", none.gap)};
}

/// Of all ranks of a node, as a cost per byte or as a bandwidth.
std::optional<Estimate<SecondsPerByte>> read_port(const Node& link) {
  const auto bandwidth = optional(link, "node_bandwidth", inverse_of);
  if (bandwidth && link.find("node_per_byte")) {
    link.fail("has node_bandwidth and node_per_byte, which say the same; leave one of them out");
  }
  if (bandwidth) return given(*bandwidth);
  return optional(link, "node_per_byte", read_cost<SecondsPerByte>);
}

}  // namespace

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
  if (link.shared_gap) json["shared_gap"] = write(*link.shared_gap);
  json["source"] = name_of(link.source);
  return json;
}

Link read_link(const Node& node) {
  node.only({"level", "pieces", "latency", "bandwidth", "eager_limit", "relative_error",
             "one_piece_error", "per_byte", "message", "node_per_byte", "node_bandwidth",
             "incast_per_byte", "shared_gap", "source"});
  Link link;
  link.level = read_word(node.at("level"), levels, [](Level level) { return name_of(level); });
  const auto pieces = node.find("pieces");
  if (pieces && node.find("bandwidth")) {
    node.fail("has pieces and bandwidth, which say the same; leave one of them out");
  }
  link.pieces = pieces ? read_pieces(*pieces) : read_line(node);
  link.eager_limit = optional(node, "eager_limit", [](const Node& n) { return n.bytes(); });
  const auto error = [](const Node& n) { return n.number(0); };
  link.relative_error = optional(node, "relative_error", error).value_or(0);
  link.one_piece_error = optional(node, "one_piece_error", error).value_or(0);
  link.latency = cost_or(node, "latency", given(link.pieces.front().cost.alpha));
  link.per_byte = cost_or(node, "per_byte", given(link.pieces.back().cost.beta));
  link.message = optional(node, "message", read_message).value_or(MessageCost());
  link.node_per_byte = read_port(node);
  link.incast_per_byte = optional(node, "incast_per_byte", read_cost<SecondsPerByte>);
  link.shared_gap = optional(node, "shared_gap", read_cost<Seconds>);
  link.source = optional(node, "source", read_source).value_or(Source::given);
  return link;
}

}  // namespace mpisize::json_text
