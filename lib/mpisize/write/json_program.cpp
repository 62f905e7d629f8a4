#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::write;

Json write(const ProgramConfig& config) {
  return Json{
      {"ranks", config.ranks}, {"nodes", config.nodes}, {"threads_per_rank", config.threads}};
}

Json write(const ProgramPrediction& p) {
  Json json{{"config", write(p.config)},          {"total", write(p.total)},
            {"per_repetition", p.per_repetition}, {"computing", write(p.computing)},
            {"imbalance", write(p.imbalance)},    {"communication", write(p.communication)},
            {"launch", write(p.launch)},          {"speedup", write(p.speedup)},
            {"efficiency", write(p.efficiency)}};
  if (p.rank_memory) json["rank_memory"] = p.rank_memory->value();
  if (p.node_memory) json["node_memory"] = p.node_memory->value();
  if (p.node_memory_high) json["node_memory_high"] = p.node_memory_high->value();
  json["measured"] = p.measured;
  json["rests_on"] = p.rests_on;
  if (p.refusal) {
    json["refusal"] = Json{{"reason", p.refusal->reason}, {"telling", write(p.refusal->telling)}};
  }
  return json;
}

Json write(const ProgramCandidate& c) {
  Json json{{"predicted", write(c.predicted)}, {"core_hours", write(c.core_hours)}};
  if (c.cost) json["cost"] = write(*c.cost);
  if (c.energy) json["energy"] = write(*c.energy);
  json["on_front"] = c.on_front;
  json["breaks"] = c.breaks;
  return json;
}

Json write(const HeldOut& row) {
  Json json{{"ranks", row.ranks}, {"measured", write(row.measured)}};
  if (row.of_model) json["model"] = write(*row.of_model);
  for (std::size_t i = 0; i < all_baselines.size(); ++i) {
    const auto& error = row.of_baselines.at(i);
    if (error) json[std::string(name_of(all_baselines.at(i)))] = write(*error);
  }
  return json;
}

}  // namespace

std::string to_json(const ProgramChoice& choice, const std::vector<ProgramCandidate>& candidates,
                    const std::vector<HeldOut>& held_out) {
  Json json = json_text::document("mpisize-program-plan");
  json["verdict"] = name_of(choice.verdict);
  json["goal"] = name_of(choice.goal);
  json["chosen"] = write(choice.chosen);
  json["reasons"] = choice.reasons;
  if (choice.binding_limit) json["binding_limit"] = *choice.binding_limit;
  if (choice.runner_up) json["runner_up"] = write(*choice.runner_up);
  json["would_change"] = choice.would_change;
  json["front"] = Json::array();
  for (const ProgramCandidate& c : choice.front) json["front"].push_back(write(c));
  json["candidates"] = Json::array();
  for (const ProgramCandidate& c : candidates) json["candidates"].push_back(write(c));
  json["held_out"] = Json::array();
  for (const HeldOut& row : held_out) json["held_out"].push_back(write(row));
  return json_text::print(json);
}

}  // namespace mpisize
