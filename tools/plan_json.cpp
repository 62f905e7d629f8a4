#include "plan_json.hpp"

#include <nlohmann/json.hpp>

#include "mpisize/write/names.hpp"
#include "mpisize/write/scaling_table.hpp"

namespace mpisize::tools {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const Interval& i) {
  return {{"value", i.value.value()}, {"low", i.low.value()}, {"high", i.high.value()}};
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
  if (plan.pattern.sub_roots) json["group"] = plan.pattern.sub_roots->group;
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
  if (!extras.command.empty()) json["command"] = extras.command;
  if (extras.script_file) json["script_file"] = *extras.script_file;
  if (extras.script) json["script"] = *extras.script;
  if (extras.plan_file) json["plan_file"] = *extras.plan_file;
  if (extras.diff) {
    json["diff"] = *extras.diff;
    json["remarks"] = Json::parse(mpisize::to_json(extras.remarks, ""))["findings"];
  }
  if (extras.backup_file) json["backup_file"] = *extras.backup_file;
  for (const Choice& choice : extras.by_ranks) json["by_ranks"].push_back(row(choice));
  // Arguments and paths may hold any bytes; JSON may not.
  constexpr int indent = 2;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mpisize::tools
