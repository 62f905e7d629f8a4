#include "plan_json.hpp"

#include <nlohmann/json.hpp>

#include "mpisize/write/names.hpp"
#include "mpisize/write/partition_text.hpp"
#include "mpisize/write/scaling_table.hpp"

namespace mpisize::tools {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const Interval& i) {
  return {{"value", i.value.value()}, {"low", i.low.value()}, {"high", i.high.value()}};
}

Json list_of(const std::vector<LaunchFinding>& findings) {
  Json list = Json::array();
  for (const LaunchFinding& f : findings) {
    list.push_back({{"id", f.id}, {"why", f.why}, {"repair", f.repair}});
  }
  return list;
}

// Arguments and paths may hold any bytes; JSON may not.
std::string text_of(const Json& json) {
  constexpr int indent = 2;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json row(const Choice& choice) {
  const Plan& plan = choice.plan;
  const Prediction& p = choice.predicted;
  Json json{{"ranks", plan.layout.ranks()},
            {"nodes", plan.layout.nodes},
            {"verdict", name_of(plan.verdict)},
            {"time", interval(p.total)},
            {"speedup", p.speedup},
            {"efficiency", p.efficiency},
            {"core_hours", core_hours(choice)},
            {"sub_roots", plan.pattern.sub_roots.has_value()},
            {"limited_by", p.limited_by}};
  if (const auto& sub = plan.pattern.sub_roots) {
    json["group"] = sub->group;
    if (sub->racks) json["rack"] = sub->racks->groups;
  }
  return json;
}

}  // namespace

std::string to_json(const PlanFile& plan, const PlanExtras& extras) {
  Json json = Json::parse(mpisize::to_json(plan));
  if (extras.program) {
    Json& program = json["whole_program"];
    program["launch"] = interval(extras.program->launch);
    if (extras.program->before_call) program["before_call"] = extras.program->before_call->value();
    program["call"] = interval(extras.program->call);
    program["total"] = interval(extras.program->total);
  }
  if (!extras.command.empty()) {
    json["command"] = extras.command;
    json["environment"] = Json::object();
    for (const auto& [name, value] : extras.environment) json["environment"][name] = value;
    json["findings"] = list_of(extras.findings);
    json["mapping"] = extras.mapping;
  }
  if (extras.plan_file) json["plan_file"] = *extras.plan_file;
  for (const Choice& choice : extras.by_ranks) json["by_ranks"].push_back(row(choice));
  return text_of(json);
}

std::string with_job(const std::string& object, const JobExtras& extras) {
  Json json = Json::parse(object);
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) json[name] = *value;
  };
  add("script_file", extras.script_file);
  add("script", extras.script);
  add("plan_file", extras.plan_file);
  add("test_only", extras.tried);
  add("job_id", extras.job_id);
  add("diff", extras.diff);
  if (extras.diff) {
    json["remarks"] = Json::parse(mpisize::to_json(extras.remarks, ""))["findings"];
  }
  add("backup_file", extras.backup_file);
  return text_of(json);
}

std::string with_partitions(const std::string& plan, const PartitionChoice& partitions) {
  Json json = Json::parse(plan);
  json["partitions"] = Json::parse(mpisize::to_json(partitions));
  return text_of(json);
}

std::string to_json(const LaunchRecord& record) {
  constexpr int schema_version = 1;
  Json json{{"schema", "mpisize-launch"},
            {"schema_version", schema_version},
            {"kind", record.kind},
            {"command", record.command},
            {"findings", list_of(record.findings)}};
  if (!record.why.empty()) json["why"] = record.why;
  return text_of(json);
}

}  // namespace mpisize::tools
