#include "map_child.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "errors.hpp"
#include "helpers.hpp"
#include "mpisize/measure/cache.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// "/x" of "in.h5:/x".
std::string dataset_of(const std::string& path) {
  const auto colon = path.rfind(":/");
  return colon == std::string::npos ? "/" : path.substr(colon + 1);
}

}  // namespace

std::optional<MapJob> read_map(const ChildLine& child) {
  const std::vector<std::string>& words = child.mpirun.program;
  if (words.size() < 2 || fs::path(words[0]).filename() != "mpisize" || words[1] != "map") {
    return std::nullopt;
  }
  if (child.wrapped) {
    throw UsageError("mpisize map starts mpirun itself; write mpisize submit -- mpisize map ...");
  }
  const Invocation invocation = parse({words.begin() + 1, words.end()});
  const auto* map = std::get_if<MapOptions>(&invocation);
  if (map == nullptr) throw UsageError("mpisize map with --help is no job; leave --help out");
  return map->job;
}

Planning with_wishes_of(const MapJob& map, Planning planning) {
  if (map.ranks && planning.ranks) {
    throw UsageError("--ranks of mpisize map contradicts that of submit; leave one of them out");
  }
  if (map.ranks) planning.ranks = RankRule::read("--ranks", std::to_string(*map.ranks));
  if (map.chunk) planning.forced.chunk = map.chunk;
  if (map.max_memory) planning.limits.max_memory = map.max_memory;
  planning.limits.min_speedup = map.min_speedup;
  return planning;
}

MapSample::MapSample(const MapJob& map) {
  MapJob job = map;
  job.output = scratch_.file("out.h5").string() + ":" + dataset_of(map.output);
  job.ranks.reset();
  job.deadline.reset();  // Of the job; samples have their own budget.
  job.journal.clear();
  job.journal_sync = job.retry_failed = false;
  job.report = scratch_.file("report.json").string();
  job.outcome = scratch_.file("outcome").string();
  job.why = scratch_.file("why").string();
  child_.mpirun.program = {helper("mpisize-map").string(), to_json(job)};
  child_.argv = child_.mpirun.program;
}

std::optional<std::string> MapSample::complaint() const {
  std::error_code none;
  if (!fs::exists(scratch_.file("outcome"), none)) return std::nullopt;
  const std::string text = read_file(scratch_.file("outcome"));
  const std::string words = text.substr(std::min(text.find('\n'), text.size() - 1) + 1);
  if (words.empty()) return std::nullopt;
  return words;
}

std::string file_of(const std::string& dataset) { return dataset.substr(0, dataset.rfind(":/")); }

std::vector<std::string> map_line(const ChildLine& child, const MapJob& map, int ranks) {
  std::vector<std::string> words = child.mpirun.program;
  if (!map.ranks) words.insert(words.end(), {"--ranks", std::to_string(ranks)});
  return words;
}

}  // namespace mpisize::tools
