#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "errors.hpp"
#include "history_actions.hpp"
#include "mpisize/measure/history.hpp"
#include "mpisize/write/json.hpp"
#include "print.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<HistoryFile>;

Files files_by_id(const fs::path& directory, const std::vector<std::string>& ids) {
  Files files;
  for (const std::string& id : ids) {
    HistoryFile file = history_file(directory, id);
    const auto is_same = [&](const HistoryFile& other) { return other.id == file.id; };
    if (std::none_of(files.begin(), files.end(), is_same)) files.push_back(std::move(file));
  }
  return files;
}

Files files_of_program(const fs::path& directory, const std::string& part) {
  Files files = history_files(directory);
  const History history = read_history(directory);
  std::erase_if(files, [&](const HistoryFile& file) {
    return std::none_of(
        history.entries.begin(), history.entries.end(),
        [&](const HistoryEntry& entry) { return entry.id == file.id && is_named(entry, part); });
  });
  if (files.empty()) {
    throw InputError(fmt::format(
        "no program with '{}' in its name is in the history; mpisize history lists what is", part));
  }
  return files;
}

Files chosen_files(const HistoryOptions& options, const fs::path& directory) {
  if (options.all) return history_files(directory);
  if (options.program) return files_of_program(directory, *options.program);
  return files_by_id(directory, options.words);
}

std::string counted_entries(std::size_t count) {
  return count == 1 ? "1 entry" : fmt::format("{} entries", count);
}

/// Asks on a terminal. Where there is none, ids are enough of an answer, and more is not.
bool may_delete(const HistoryOptions& options, std::size_t count, const Talk& talk) {
  if (options.yes || count == 0) return true;
  if (isatty(STDIN_FILENO) == 0) {
    if (!options.all && !options.program) return true;
    throw UsageError(fmt::format("{} would be deleted and there is no terminal to ask; give --yes",
                                 counted_entries(count)));
  }
  Talk aloud = talk;
  aloud.quiet = false;
  say(aloud, fmt::format("Delete {} of the history? [y/N] ", counted_entries(count)));
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string deleted_json(const Files& files) {
  nlohmann::ordered_json json{{"schema", "mpisize-deleted"}, {"schema_version", schema_version}};
  json["ids"] = nlohmann::ordered_json::array();
  for (const HistoryFile& file : files) json["ids"].push_back(file.id);
  return json.dump(2) + "\n";
}

}  // namespace

int delete_history(const HistoryOptions& options, const fs::path& directory, const Talk& talk) {
  Files files = chosen_files(options, directory);
  if (!may_delete(options, files.size(), talk)) files.clear();
  for (const HistoryFile& file : files) delete_entry(file);
  if (options.common.json) {
    print(deleted_json(files));
  } else {
    print(files.empty() ? "nothing deleted\n"
                        : fmt::format("deleted {}\n", counted_entries(files.size())));
  }
  return 0;
}

}  // namespace mpisize::tools
