#include "mpisize/write/partition_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

bool has_plan(const WeighedOffer& w) { return w.plan.verdict != Verdict::infeasible; }

Row row_of(const WeighedOffer& w, bool chosen) {
  const Topology& t = w.offer.topology;
  Row row{(chosen ? "* " : "  ") + w.offer.partition,
          fmt::format("{} x {}", human_count(t.nodes), t.grant.pus),
          "",
          "",
          w.wait ? human(*w.wait) : "",
          "",
          w.rejection ? w.rejection->why : (w.offer.whole_nodes ? "whole nodes" : "")};
  if (!has_plan(w)) return row;
  row[2] =
      fmt::format("{} on {}", human_count(w.plan.layout.ranks()), human_count(w.plan.layout.nodes));
  row[3] = human(w.plan.total.value);
  row[5] = human_number(w.core_hours());
  return row;
}

std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < columns; ++i) {
      const bool right = i > 0 && i + 1 < columns;
      line += right ? fmt::format(" {:>{}} ", row[i], widths[i])
                    : fmt::format(" {:<{}} ", row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

Json interval(const Interval& i) {
  return {{"value", i.value.value()}, {"low", i.low.value()}, {"high", i.high.value()}};
}

Json object_of(const WeighedOffer& w, bool chosen) {
  Json json{{"partition", w.offer.partition},
            {"most_nodes", w.offer.topology.nodes},
            {"cpus_of_node", w.offer.topology.grant.pus},
            {"whole_nodes", w.offer.whole_nodes},
            {"chosen", chosen}};
  if (has_plan(w)) {
    json["nodes"] = w.plan.layout.nodes;
    json["ranks"] = w.plan.layout.ranks();
    json["threads_per_rank"] = w.plan.layout.threads_per_rank;
    json["run"] = interval(w.plan.total);
    json["core_hours"] = w.core_hours();
  }
  if (w.wait) json["wait"] = w.wait->value();
  if (w.rejection) {
    json["limit"] = w.rejection->limit;
    json["refusal"] = w.rejection->why;
  }
  return json;
}

}  // namespace

std::string describe(const PartitionChoice& choice, bool explained) {
  std::string text;
  for (const std::string& reason : choice.reasons) text += reason + "\n";
  if (!explained) return text;
  std::vector<Row> rows{
      {"  partition", "nodes x CPUs", "ranks on nodes", "run", "wait", "core-hours", "because"}};
  for (std::size_t i = 0; i < choice.weighed.size(); ++i) {
    rows.push_back(row_of(choice.weighed[i], choice.chosen == i));
  }
  for (const ClosedPartition& closed : choice.closed) {
    rows.push_back({"  " + closed.partition, "", "", "", "", "", closed.why});
  }
  return text + table(rows);
}

std::string to_json(const PartitionChoice& choice) {
  Json list = Json::array();
  for (std::size_t i = 0; i < choice.weighed.size(); ++i) {
    list.push_back(object_of(choice.weighed[i], choice.chosen == i));
  }
  for (const ClosedPartition& closed : choice.closed) {
    list.push_back({{"partition", closed.partition}, {"chosen", false}, {"refusal", closed.why}});
  }
  return list.dump();
}

}  // namespace mpisize
