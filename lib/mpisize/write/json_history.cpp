#include <algorithm>
#include <array>

#include "mpisize/write/json.hpp"
#include "mpisize/write/json_text.hpp"

namespace mpisize {
namespace {

using json_text::Json;
using json_text::Node;
using json_text::optional;
using json_text::Origin;
using json_text::write;

Json write(const ProgramEnding& ending) {
  Json json = Json::object();
  if (ending.status) json["status"] = *ending.status;
  if (ending.signal) json["signal"] = *ending.signal;
  return json;
}

Json write(const SlurmFacts& slurm) {
  Json json{{"job_id", slurm.job_id}};
  if (slurm.state) json["state"] = *slurm.state;
  if (slurm.memory_asked) json["memory_asked"] = slurm.memory_asked->value();
  if (slurm.memory_used) json["memory_used"] = slurm.memory_used->value();
  if (slurm.time_limit) json["time_limit"] = write(*slurm.time_limit);
  if (slurm.cause) json["cause"] = name_of(*slurm.cause);
  return json;
}

/// A text that stands for something and is printed as it is.
std::string read_filled(const Node& node) {
  std::string text = node.name();
  if (text.empty()) node.fail("is empty");
  return text;
}

ProgramEnding read_ending(const Node& node) {
  constexpr int most_status = 255;
  constexpr int most_signal = 64;
  ProgramEnding ending;
  ending.status = optional(node, "status", [](const Node& n) { return n.count(0, most_status); });
  ending.signal = optional(node, "signal", [](const Node& n) { return n.count(1, most_signal); });
  if (ending.status && ending.signal) node.fail("has both a status and a signal");
  return ending;
}

SlurmFacts read_slurm(const Node& node) {
  const auto bytes = [](const Node& n) { return n.bytes(); };
  SlurmFacts slurm;
  slurm.job_id = read_filled(node.at("job_id"));
  slurm.state = optional(node, "state", read_filled);
  slurm.memory_asked = optional(node, "memory_asked", bytes);
  slurm.memory_used = optional(node, "memory_used", bytes);
  slurm.time_limit = optional(node, "time_limit", [](const Node& n) { return n.seconds(); });
  slurm.cause = optional(node, "cause", [](const Node& n) {
    return json_text::read_word(n,
                                std::array{FailureCause::out_of_memory, FailureCause::time_limit,
                                           FailureCause::node_failure, FailureCause::preemption,
                                           FailureCause::cancelled, FailureCause::own_error},
                                [](FailureCause cause) { return name_of(cause); });
  });
  return slurm;
}

std::string read_utc(const Node& node) {
  std::string time = node.text();
  if (!is_utc_time(time)) {
    node.fail("is " + node.shown() + ", but must be a time such as 2024-05-01T12:34:56Z");
  }
  return time;
}

}  // namespace

namespace json_text {

Json write(const Program& program) {
  Json json{
      {"path", program.path}, {"arguments", program.arguments}, {"directory", program.directory}};
  if (!program.hash.empty()) json["hash"] = program.hash;
  return json;
}

Program read_program(const Node& node) {
  Program program;
  program.path = node.at("path").text();
  program.arguments = json_text::read_texts(node.at("arguments"));
  program.directory = node.at("directory").text();
  program.hash = optional(node, "hash", read_filled).value_or("");
  return program;
}

Json write(const HistoryEntry& entry) {
  Json json{{"id", entry.id},
            {"time", entry.time},
            {"kind", name_of(entry.kind)},
            {"program", write(entry.program)},
            {"machine", entry.machine},
            {"host", entry.host},
            {"mpi", entry.mpi},
            {"ranks", entry.ranks},
            {"nodes", entry.nodes},
            {"threads_per_rank", entry.threads_per_rank},
            {"launch_line", entry.launch_line}};
  if (entry.predicted) json["predicted"] = write(*entry.predicted);
  json["ending"] = mpisize::write(entry.ending);
  if (entry.slurm) json["slurm"] = mpisize::write(*entry.slurm);
  if (entry.seen) json["seen"] = write(*entry.seen);
  return json;
}

}  // namespace json_text

std::string to_json(const HistoryEntry& entry) {
  Json json = json_text::document("mpisize-history-entry");
  json.update(json_text::write(entry));
  return json_text::print(json);
}

HistoryEntry history_entry_from_json(std::string_view text, std::string_view origin,
                                     std::string_view repair) {
  const Origin from{origin, "mpisize-history-entry", repair};
  const Json json = json_text::parse(text, from);
  const Node root(json, from);
  HistoryEntry entry;
  entry.id = root.at("id").name();
  entry.time = read_utc(root.at("time"));
  entry.kind = json_text::read_word(root.at("kind"), std::array{RunKind::sample, RunKind::run},
                                    [](RunKind kind) { return name_of(kind); });
  entry.program = json_text::read_program(root.at("program"));
  entry.machine = root.at("machine").name();
  entry.host = root.at("host").name();
  entry.mpi = root.at("mpi").name();
  entry.ranks = root.at("ranks").count(1);
  entry.nodes = root.at("nodes").count(1);
  entry.threads_per_rank = root.at("threads_per_rank").count(1);
  entry.launch_line = json_text::read_texts(root.at("launch_line"));
  entry.predicted = optional(root, "predicted", json_text::read_interval);
  entry.ending = read_ending(root.at("ending"));
  entry.slurm = optional(root, "slurm", read_slurm);
  entry.seen = optional(root, "seen", json_text::read_program_run);
  return entry;
}

}  // namespace mpisize
