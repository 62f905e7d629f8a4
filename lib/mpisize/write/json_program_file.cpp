#include <functional>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::list_of;
using json_text::Node;
using json_text::optional;
using json_text::Origin;

constexpr const char* schema = "mpisize-program";

}  // namespace

std::string to_json(const ProgramFile& program) {
  Json json = json_text::document(schema);
  json["program"] = json_text::write(program.program);
  json["machine"] = program.machine;
  if (program.repetitions) json["repetitions"] = *program.repetitions;
  if (!program.failed.empty()) json["failed"] = program.failed;
  json["threads"] = program.threads;
  json["dealt"] = program.dealt;
  json["runs"] = Json::array();
  for (const ProgramRun& run : program.runs) json["runs"].push_back(json_text::write(run));
  return json_text::print(json);
}

ProgramFile program_file_from_json(std::string_view text, std::string_view origin) {
  const Origin from{origin, schema, "measure again with mpisize profile"};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  ProgramFile program;
  program.program = json_text::read_program(root.at("program"));
  program.machine = root.at("machine").name();
  program.repetitions = optional(root, "repetitions", [](const Node& n) { return n.integer(1); });
  program.failed = optional(root, "failed", [](const Node& n) {
                     return list_of(n, [](const Node& count) { return count.count(1); });
                   }).value_or(std::vector<int>());
  program.threads = list_of(root.at("threads"), [](const Node& n) { return n.count(1); });
  program.dealt = root.at("dealt").boolean();
  const Node runs = root.at("runs");
  program.runs = list_of(runs, json_text::read_program_run);
  if (program.runs.empty()) runs.fail("is empty, but a model needs a run");
  return program;
}

}  // namespace mpisize
