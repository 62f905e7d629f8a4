#include <algorithm>
#include <array>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::Node;
using json_text::Origin;
using json_text::write;

Json write(const ItemSample& sample) {
  Json json{{"index", sample.index},
            {"position", sample.position},
            {"count", sample.count},
            {"time", write(sample.time)}};
  if (sample.cpu) json["cpu"] = write(*sample.cpu);
  if (sample.waited) json["waited"] = write(*sample.waited);
  if (sample.root_packing) json["packed_at_root"] = write(*sample.root_packing);
  if (sample.worker_packing) json["packed_at_worker"] = write(*sample.worker_packing);
  if (sample.turn) json["turn"] = write(*sample.turn);
  json["in"] = sample.in.value();
  json["out"] = sample.out.value();
  json["rank"] = sample.rank;
  json["started"] = write(sample.started);
  json["alone"] = sample.alone;
  json["first"] = sample.first;
  return json;
}

Seconds seconds(const Node& node) { return node.seconds(); }

ItemSample read_sample(const Node& node, std::int64_t items) {
  ItemSample sample;
  sample.index = node.at("index").integer(0);
  sample.position = node.at("position").integer(0);
  sample.count = node.at("count").integer(1);
  // The order of work is by index, or of single items.
  if (sample.count > items - std::max(sample.index, sample.position))
    node.fail("lies beyond the items of the call");
  sample.time = node.at("time").seconds();
  sample.cpu = optional(node, "cpu", seconds);
  sample.waited = optional(node, "waited", seconds);
  sample.root_packing = optional(node, "packed_at_root", seconds);
  sample.worker_packing = optional(node, "packed_at_worker", seconds);
  sample.turn = optional(node, "turn", seconds);
  sample.in = node.at("in").bytes();
  sample.out = node.at("out").bytes();
  sample.rank = node.at("rank").count(0);
  sample.started = node.at("started").seconds();
  sample.alone = node.at("alone").boolean();
  sample.first = node.at("first").boolean();
  return sample;
}

std::vector<SizeSum> read_size_sums(const Node& node) {
  std::vector<SizeSum> sums = list_of(node, [](const Node& sum) {
    return SizeSum{sum.at("items").integer(1), sum.at("bytes").bytes()};
  });
  for (std::size_t i = 1; i < sums.size(); ++i) {
    if (sums[i].items <= sums[i - 1].items || sums[i].bytes < sums[i - 1].bytes) {
      node.fail("must rise in items and bytes");
    }
  }
  return sums;
}

}  // namespace

std::string to_json(const KernelProfile& kernel) {
  Json json = json_text::document("mpisize-kernel");
  json["name"] = kernel.name;
  json["pattern"] = name_of(kernel.kind);
  json["items"] = kernel.items;
  json["first_item"] = write(kernel.first_item);
  json["slowdown"] = Json::array();
  for (const Slowdown& slowdown : kernel.slowdown) {
    json["slowdown"].push_back(
        Json{{"ranks_per_node", slowdown.ranks_per_node}, {"factor", write(slowdown.factor)}});
  }
  json["waiting"] = Json::array();
  for (const Waiting& waiting : kernel.waiting) {
    json["waiting"].push_back(
        Json{{"ranks_per_node", waiting.ranks_per_node}, {"share", write(waiting.share)}});
  }
  json["cpu_share"] = write(kernel.cpu_share);
  json["threads_per_rank"] = kernel.threads_per_rank;
  if (kernel.rank_memory) json["rank_memory"] = kernel.rank_memory->value();
  if (kernel.root_memory) json["root_memory"] = kernel.root_memory->value();
  json["item_bytes"] = kernel.item_bytes.value();
  json["result_bytes"] = kernel.result_bytes.value();
  json["root_packing"] = write(kernel.root_packing);
  json["worker_packing"] = write(kernel.worker_packing);
  json["worker_turn"] = write(kernel.worker_turn);
  json["pull"] = write(kernel.pull);
  json["sink"] = write(kernel.sink);
  json["item_memory"] = kernel.item_memory.value();
  json["result_memory"] = kernel.result_memory.value();
  json["items_known"] = kernel.items_known;
  json["trend_error"] = write(kernel.trend_error);
  json["size_sums"] = Json::array();
  for (const SizeSum& sum : kernel.size_sums) {
    json["size_sums"].push_back(Json{{"items", sum.items}, {"bytes", sum.bytes.value()}});
  }
  if (kernel.size_correlation) json["size_correlation"] = write(*kernel.size_correlation);
  if (kernel.before_call) json["before_call"] = write(*kernel.before_call);
  json["stopped_because"] = kernel.stopped_because;
  json["samples"] = Json::array();
  for (const ItemSample& sample : kernel.samples) json["samples"].push_back(write(sample));
  return json_text::print(json);
}

KernelProfile kernel_profile_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, "mpisize-kernel", "sample again with mpisize profile"};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  const auto bytes = [](const Node& node) { return node.bytes(); };
  KernelProfile kernel;
  kernel.name = root.at("name").text();
  kernel.kind = json_text::read_word(
      root.at("pattern"), std::array{PatternKind::map, PatternKind::batch, PatternKind::stream},
      [](PatternKind kind) { return name_of(kind); });
  kernel.items = root.at("items").integer(0);
  kernel.first_item = json_text::read_estimate<Seconds>(root.at("first_item"));
  kernel.slowdown = list_of(root.at("slowdown"), [](const Node& node) {
    return Slowdown{node.at("ranks_per_node").count(1),
                    json_text::read_estimate<double>(node.at("factor"))};
  });
  kernel.waiting = list_of(root.at("waiting"), [](const Node& node) {
    return Waiting{node.at("ranks_per_node").count(1), node.at("share").number(0)};
  });
  kernel.cpu_share = root.at("cpu_share").number(0);
  kernel.threads_per_rank = root.at("threads_per_rank").count(1);
  kernel.rank_memory = optional(root, "rank_memory", bytes);
  kernel.root_memory = optional(root, "root_memory", bytes);
  kernel.item_bytes = root.at("item_bytes").bytes();
  kernel.result_bytes = root.at("result_bytes").bytes();
  kernel.root_packing = json_text::read_estimate<Seconds>(root.at("root_packing"));
  kernel.worker_packing = json_text::read_estimate<Seconds>(root.at("worker_packing"));
  kernel.worker_turn = json_text::read_estimate<Seconds>(root.at("worker_turn"));
  kernel.pull = json_text::read_estimate<Seconds>(root.at("pull"));
  kernel.sink = json_text::read_estimate<Seconds>(root.at("sink"));
  kernel.item_memory = root.at("item_memory").bytes();
  kernel.result_memory = root.at("result_memory").bytes();
  kernel.items_known = root.at("items_known").boolean();
  kernel.trend_error =
      optional(root, "trend_error", [](const Node& node) { return node.number(0); }).value_or(0);
  kernel.size_sums = read_size_sums(root.at("size_sums"));
  kernel.size_correlation =
      optional(root, "size_correlation", [](const Node& node) { return node.number(-1, 1); });
  kernel.before_call = optional(root, "before_call", seconds);
  kernel.stopped_because = root.at("stopped_because").text();
  kernel.samples = list_of(root.at("samples"),
                           [&](const Node& node) { return read_sample(node, kernel.items); });
  return kernel;
}

}  // namespace mpisize
