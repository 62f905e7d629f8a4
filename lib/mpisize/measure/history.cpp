#include "mpisize/measure/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/history_id.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string deletion_of(const std::string& id) {
  return fmt::format("delete it with: mpisize history delete {}", id);
}

/// Whether the text can be the entry of such a program: most need not be parsed. A path with signs
/// that JSON writes otherwise is not looked for.
bool may_be_of(std::string_view text, const Program& program) {
  const bool plain = std::all_of(program.path.begin(), program.path.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  return !plain || text.find('"' + program.path + '"') != std::string_view::npos;
}

}  // namespace

std::optional<fs::path> history_directory() {
  return history_directory(variable("XDG_DATA_HOME"), variable("HOME"));
}

std::optional<fs::path> history_directory(const std::string& xdg_data_home,
                                          const std::string& home) {
  const fs::path ours = fs::path("mpisize") / "history";
  if (fs::path(xdg_data_home).is_absolute()) return fs::path(xdg_data_home) / ours;
  std::error_code none;
  if (!fs::path(home).is_absolute() || !fs::is_directory(home, none)) return std::nullopt;
  return fs::path(home) / ".local" / "share" / ours;
}

std::vector<HistoryFile> history_files(const fs::path& directory) {
  std::vector<std::string> names = history_names(directory);
  std::sort(names.begin(), names.end(), std::greater<>());
  std::vector<HistoryFile> files;
  for (const std::string& name : names) {
    std::string id = history_id_in(name);
    if (!id.empty() && name.ends_with(id + std::string(history_ending))) {
      files.push_back({std::move(id), directory / name});
    }
  }
  return files;
}

HistoryFile history_file(const fs::path& directory, std::string_view prefix) {
  std::vector<HistoryFile> found;
  if (begins_history_id(prefix)) {
    for (HistoryFile& file : history_files(directory)) {
      if (file.id.rfind(prefix, 0) == 0) found.push_back(std::move(file));
    }
  }
  if (found.empty()) {
    throw InputError(fmt::format(
        "no entry of the history has an id that begins with '{}'; mpisize history lists them",
        prefix));
  }
  if (found.size() > 1) {
    throw InputError(
        fmt::format("'{}' is the beginning of {} ids, such as {} and {}; give more of it", prefix,
                    found.size(), found[0].id, found[1].id));
  }
  return found.front();
}

HistoryEntry read_entry(const HistoryFile& file) {
  const std::string origin = fmt::format("history entry {}", file.id);
  const std::string repair = deletion_of(file.id);
  std::error_code none;
  // A link may lead anywhere, and a pipe would be waited for.
  if (!fs::is_regular_file(fs::symlink_status(file.path, none))) {
    throw InputError(
        fmt::format("{}: '{}' is no regular file; {}", origin, file.path.string(), repair));
  }
  HistoryEntry entry = history_entry_from_json(read_file(file.path), origin, repair);
  if (entry.id != file.id || history_stem(entry) != file.path.stem().string()) {
    throw InputError(
        fmt::format("{}: '{}' holds another entry; {}", origin, file.path.string(), repair));
  }
  return entry;
}

History read_history(const fs::path& directory) {
  History history;
  for (const HistoryFile& file : history_files(directory)) {
    try {
      history.entries.push_back(read_entry(file));
    } catch (const InputError& error) {
      std::error_code none;
      // Deleted meanwhile by somebody else: there is nothing to repair.
      if (fs::exists(fs::symlink_status(file.path, none)))
        history.damaged.emplace_back(error.what());
    }
  }
  return history;
}

std::vector<HistoryEntry> runs_of(const fs::path& directory, const Program& program,
                                  std::string_view machine, Kinship farthest) {
  std::vector<HistoryEntry> runs;
  std::vector<HistoryFile> files;
  try {
    files = history_files(directory);
  } catch (const InputError&) {
    return runs;
  }
  for (const HistoryFile& file : files) {
    try {
      std::error_code none;
      if (!fs::is_regular_file(fs::symlink_status(file.path, none))) continue;
      if (!may_be_of(read_file(file.path), program)) continue;
      HistoryEntry entry = read_entry(file);
      if (entry.machine == machine && kinship(entry.program, program) <= farthest) {
        runs.push_back(std::move(entry));
      }
    } catch (const InputError&) {
      continue;
    }
  }
  return runs;
}

}  // namespace mpisize
