#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::list_of;
using json_text::Node;
using json_text::Origin;
using json_text::write;

/// Adds to `object` what only batch and stream have.
Json write(const Flowed& flow) {
  return Json{{"pulled", flow.pulled},
              {"delivered", flow.delivered},
              {"most_held", flow.most_held},
              {"pulling", write(flow.pulling)},
              {"delivering", write(flow.delivering)}};
}

Flowed read_flowed(const Node& node) {
  return {node.at("pulled").integer(0), node.at("delivered").integer(0),
          node.at("most_held").integer(0), node.at("pulling").seconds(),
          node.at("delivering").seconds()};
}

Json write(const DeadLetter& item) {
  return Json{{"index", item.index},
              {"rank", item.rank},
              {"host", item.host},
              {"tries", item.tries},
              {"message", item.message}};
}

DeadLetter read_dead_letter(const Node& node) {
  return {node.at("index").integer(0), node.at("rank").count(0), node.at("host").name(),
          node.at("tries").count(1), node.at("message").text()};
}

Json write(const Adaptation& change) {
  return Json{{"at_item", change.at_item},
              {"rank", change.rank},
              {"chunk_before", change.chunk_before},
              {"chunk_after", change.chunk_after},
              {"item_seconds", write(change.item_seconds)}};
}

Adaptation read_adaptation(const Node& node) {
  return {node.at("at_item").integer(0), node.at("rank").count(0),
          node.at("chunk_before").integer(0), node.at("chunk_after").integer(0),
          node.at("item_seconds").number(0)};
}

template <class T>
Json write_all(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(write(value));
  return list;
}

Json write(const Measured& measured) {
  Json ranks = Json::array();
  for (const RankWork& use : measured.ranks) {
    ranks.push_back(Json{{"items", use.items}, {"chunks", use.chunks}, {"busy", write(use.busy)}});
  }
  Json json{{"total", write(measured.total)},
            {"sampling", write(measured.sampling)},
            {"items", measured.items},
            {"resumed", measured.resumed}};
  if (measured.stopped) json["stopped"] = *measured.stopped;
  if (measured.flow) json["flow"] = write(*measured.flow);
  json["lost"] = write_all(measured.lost);
  json["adapted"] = measured.adapted;
  json["adaptations"] = write_all(measured.adaptations);
  json["ranks"] = std::move(ranks);
  return json;
}

Measured read_measured(const Node& node) {
  Measured measured;
  measured.total = node.at("total").seconds();
  measured.sampling = node.at("sampling").seconds();
  measured.items = node.at("items").integer(0);
  measured.resumed = node.at("resumed").integer(0);
  measured.stopped = optional(node, "stopped", [](const Node& n) { return n.text(); });
  measured.flow = optional(node, "flow", read_flowed);
  measured.lost = list_of(node.at("lost"), read_dead_letter);
  measured.adapted = node.at("adapted").integer(0);
  measured.adaptations = list_of(node.at("adaptations"), read_adaptation);
  measured.ranks = list_of(node.at("ranks"), [](const Node& rank) {
    return RankWork{rank.at("items").integer(0), rank.at("chunks").integer(0),
                    rank.at("busy").seconds()};
  });
  return measured;
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = json_text::document("mpisize-report");
  json["plan"] = write(report.plan);
  json["predicted"] = write(report.predicted);
  json["measured"] = write(report.measured);
  return json_text::print(json);
}

Report report_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-report", "run again with mpisize run"};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  const Node measured = root.at("measured");
  return {json_text::read_plan(root.at("plan")), json_text::read_prediction(root.at("predicted")),
          read_measured(measured)};
}

}  // namespace mpisize
