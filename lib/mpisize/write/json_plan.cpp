#include <array>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::Node;
using json_text::Origin;
using json_text::read_word;
using json_text::write;

Json write(const Layout& layout) {
  return Json{{"nodes", layout.nodes},
              {"ranks", layout.rank_count},
              {"threads_per_rank", layout.threads_per_rank}};
}

Layout read_layout(const Node& node) {
  const Layout layout{node.at("nodes").count(1), node.at("ranks").count(1),
                      node.at("threads_per_rank").count(1)};
  if (layout.nodes > layout.rank_count) node.fail("has more nodes than ranks");
  return layout;
}

Json write(const PlacedNode& node) {
  return Json{{"host", node.host},
              {"ranks", node.ranks},
              {"speed", write(node.speed)},
              {"rack", node.rack},
              {"cpus", write(node.cpus)}};
}

PlacedNode read_node(const Node& node) {
  PlacedNode placed{node.at("host").name(), node.at("ranks").count(1), node.at("speed").number(0),
                    node.at("rack").count(0), node.at("cpus").number(0)};
  if (placed.speed == 0) node.at("speed").fail("is 0, but must be above 0");
  return placed;
}

Json write(const ScatterPattern& pattern) {
  Json json{{"kind", name_of(pattern.kind)},
            {"schedule", name_of(pattern.schedule)},
            {"chunk", pattern.chunk},
            {"queued", pattern.queued}};
  if (pattern.window) json["window"] = *pattern.window;
  if (pattern.ordered) json["ordered"] = *pattern.ordered;
  if (pattern.batch) json["batch"] = *pattern.batch;
  if (const auto& sub = pattern.sub_roots) {
    json["sub_roots"] = Json{{"group", sub->group},
                             {"piece", sub->piece},
                             {"queued", sub->queued},
                             {"compute", sub->compute}};
    if (const auto& racks = sub->racks) {
      json["sub_roots"]["racks"] =
          Json{{"groups", racks->groups}, {"piece", racks->piece}, {"queued", racks->queued}};
    }
  }
  json["root_computes"] = pattern.root_computes;
  json["largest_first"] = pattern.largest_first;
  return json;
}

SubRoots read_sub_roots(const Node& node) {
  SubRoots sub{node.at("group").count(1),
               node.at("piece").integer(1),
               node.at("queued").count(1, most_queued),
               node.at("compute").boolean(),
               {}};
  sub.racks = optional(node, "racks", [](const Node& n) {
    return Racks{n.at("groups").count(1), n.at("piece").integer(1),
                 n.at("queued").count(1, most_queued)};
  });
  return sub;
}

ScatterPattern read_pattern(const Node& node) {
  ScatterPattern pattern;
  pattern.kind = read_word(node.at("kind"),
                           std::array{PatternKind::map, PatternKind::batch, PatternKind::stream},
                           [](PatternKind kind) { return name_of(kind); });
  pattern.schedule =
      read_word(node.at("schedule"),
                std::array{Schedule::static_block, Schedule::dynamic, Schedule::guided,
                           Schedule::factoring, Schedule::fixed_size},
                [](Schedule schedule) { return name_of(schedule); });
  pattern.chunk = node.at("chunk").integer(1);
  pattern.queued = node.at("queued").count(1, most_queued);
  pattern.window = optional(node, "window", [](const Node& n) { return n.integer(1); });
  pattern.ordered = optional(node, "ordered", [](const Node& n) { return n.boolean(); });
  pattern.batch = optional(node, "batch", [](const Node& n) { return n.integer(1); });
  pattern.sub_roots = optional(node, "sub_roots", read_sub_roots);
  pattern.root_computes = node.at("root_computes").boolean();
  pattern.largest_first = node.at("largest_first").boolean();
  if (pattern.sub_roots && pattern.root_computes) {
    node.fail("has sub-roots and a root that computes; set root_computes to false");
  }
  return pattern;
}

}  // namespace

namespace json_text {

Json write(const Plan& plan) {
  Json json{{"verdict", name_of(plan.verdict)},
            {"layout", mpisize::write(plan.layout)},
            {"pattern", mpisize::write(plan.pattern)},
            {"reasons", plan.reasons}};
  if (!plan.placement.empty()) {
    json["placement"] = Json::array();
    for (const PlacedNode& placed : plan.placement) {
      json["placement"].push_back(mpisize::write(placed));
    }
  }
  if (plan.binding_limit) json["binding_limit"] = *plan.binding_limit;
  if (plan.runner_up) {
    json["runner_up"] = Json{{"layout", mpisize::write(plan.runner_up->layout)},
                             {"pattern", mpisize::write(plan.runner_up->pattern)},
                             {"total", write(plan.runner_up->total)}};
  }
  json["would_change"] = plan.would_change;
  return json;
}

Plan read_plan(const Node& node) {
  Plan plan;
  plan.verdict = read_word(node.at("verdict"),
                           std::array{Verdict::parallel, Verdict::serial, Verdict::infeasible},
                           [](Verdict verdict) { return name_of(verdict); });
  plan.layout = read_layout(node.at("layout"));
  plan.pattern = read_pattern(node.at("pattern"));
  plan.placement = optional(node, "placement", [](const Node& n) {
                     return list_of(n, read_node);
                   }).value_or(std::vector<PlacedNode>());
  int placed = 0;
  for (const PlacedNode& n : plan.placement) placed += n.ranks;
  if (!plan.placement.empty() && placed != plan.layout.ranks()) {
    node.at("placement").fail("has another number of ranks than layout");
  }
  plan.reasons = read_texts(node.at("reasons"));
  plan.binding_limit = optional(node, "binding_limit", [](const Node& n) { return n.text(); });
  plan.runner_up = optional(node, "runner_up", [](const Node& n) {
    return Alternative{read_layout(n.at("layout")), read_pattern(n.at("pattern")),
                       read_interval(n.at("total"))};
  });
  plan.would_change = read_texts(node.at("would_change"));
  return plan;
}

Json write(const Prediction& prediction) {
  const Stages& stages = prediction.stages;
  return Json{{"total", write(prediction.total)},
              {"serial", write(prediction.serial)},
              {"stages",
               {{"spent", write(stages.spent)},
                {"start_up", write(stages.start_up)},
                {"compute", write(stages.compute)},
                {"dispatch", write(stages.dispatch)},
                {"imbalance", write(stages.imbalance)}}},
              {"speedup", write(prediction.speedup)},
              {"speedup_low", write(prediction.speedup_low)},
              {"efficiency", write(prediction.efficiency)},
              {"items", prediction.items},
              {"items_seen", prediction.items_seen},
              {"rare_items_possible", prediction.rare_items_possible},
              {"limited_by", prediction.limited_by}};
}

Prediction read_prediction(const Node& node) {
  Prediction prediction;
  prediction.total = read_interval(node.at("total"));
  prediction.serial = read_interval(node.at("serial"));
  // Stages are differences and add up to the total: one may be below 0 by rounding.
  const Node stages = node.at("stages");
  prediction.stages = {
      Seconds(stages.at("spent").number()), Seconds(stages.at("start_up").number()),
      Seconds(stages.at("compute").number()), Seconds(stages.at("dispatch").number()),
      Seconds(stages.at("imbalance").number())};
  prediction.speedup = node.at("speedup").number(0);
  prediction.speedup_low = node.at("speedup_low").number(0);
  prediction.efficiency = node.at("efficiency").number(0);
  prediction.items = node.at("items").integer(0);
  prediction.items_seen = node.at("items_seen").integer(0);
  prediction.rare_items_possible = node.at("rare_items_possible").boolean();
  prediction.limited_by = node.at("limited_by").text();
  return prediction;
}

}  // namespace json_text

std::string to_json(const PlanFile& plan) {
  Json json = json_text::document("mpisize-plan");
  json["name"] = plan.name;
  if (plan.report_to) json["report_to"] = *plan.report_to;
  json["plan"] = write(plan.choice.plan);
  json["predicted"] = write(plan.choice.predicted);
  return json_text::print(json);
}

PlanFile plan_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-plan", "plan again with mpisize plan"};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  return {{json_text::read_plan(root.at("plan")), json_text::read_prediction(root.at("predicted"))},
          root.at("name").text(),
          optional(root, "report_to", [](const Node& node) { return node.text(); })};
}

}  // namespace mpisize
