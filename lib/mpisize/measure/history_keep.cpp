#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <stdexcept>
#include <system_error>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/history.hpp"
#include "mpisize/measure/history_id.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;

/// Size of an entry with what lies beside it.
std::map<std::string, std::int64_t> sizes_by_id(const fs::path& directory) {
  std::map<std::string, std::int64_t> sizes;
  for (const std::string& name : history_names(directory)) {
    const std::string id = history_id_in(name);
    if (id.empty()) continue;
    std::error_code error;
    const auto size = fs::file_size(directory / name, error);
    if (!error) sizes[id] += static_cast<std::int64_t>(size);
  }
  return sizes;
}

/// Claims and half-written files of processes that were killed, and what lay beside an entry that
/// is gone, once they are a day old.
void sweep(const fs::path& directory) {
  constexpr std::chrono::hours long_gone{24};
  std::map<std::string, bool> has_entry;
  const std::vector<std::string> names = history_names(directory);
  for (const std::string& name : names) {
    if (name.ends_with(history_ending)) has_entry[history_id_in(name)] = true;
  }
  for (const std::string& name : names) {
    const bool temporary =
        name.rfind(".mpisize-", 0) == 0 || (name.rfind('.', 0) == 0 && name.ends_with(".claim"));
    const std::string id = history_id_in(name);
    if (!temporary && (id.empty() || has_entry[id])) continue;
    std::error_code error;
    const auto written = fs::last_write_time(directory / name, error);
    if (error || fs::file_time_type::clock::now() - written < long_gone) continue;
    fs::remove(directory / name, error);
  }
}

/// Deletes the oldest entries beyond the bounds, never `newest`; how many.
std::size_t prune(const fs::path& directory, const std::string& newest,
                  const HistoryBounds& bounds) {
  sweep(directory);
  auto sizes = sizes_by_id(directory);
  std::size_t entries = 1;
  std::int64_t size = sizes[newest];
  std::size_t pruned = 0;
  for (const HistoryFile& file : history_files(directory)) {
    if (file.id == newest) continue;
    ++entries;
    size += sizes[file.id];
    if (entries <= bounds.entries && size <= bounds.size.value()) continue;
    try {
      delete_entry(file);
      ++pruned;
    } catch (const InputError&) {
      continue;  // Somebody else's, say: the next call tries again.
    }
  }
  return pruned;
}

/// The sentence of an entry that is not kept.
std::string not_kept(const std::string& why) {
  return fmt::format("this run is not kept in the history: {}", why);
}

}  // namespace

Kept keep(const std::optional<fs::path>& directory, HistoryEntry entry,
          const HistoryBounds& bounds) {
  if (entry.time.empty()) entry.time = utc_now();
  if (!is_utc_time(entry.time)) throw std::invalid_argument("a history entry with no time");
  if (!directory) {
    return {std::nullopt,
            not_kept("there is no home directory; set XDG_DATA_HOME to a directory "
                     "that can be written"),
            0};
  }
  try {
    std::error_code error;
    fs::create_directories(*directory, error);
    const ClaimedId claimed(*directory, random_history_id, [&](const std::string& id) {
      const auto names = history_names(*directory);
      return std::any_of(names.begin(), names.end(),
                         [&](const std::string& name) { return history_id_in(name) == id; });
    });
    entry.id = claimed.id();
    write_file(*directory / (history_stem(entry) + std::string(history_ending)), to_json(entry));
  } catch (const InputError& error) {
    return {std::nullopt, not_kept(error.what()), 0};
  }
  try {
    return {entry.id, "", prune(*directory, entry.id, bounds)};
  } catch (const InputError&) {
    return {entry.id, "", 0};
  }
}

void replace_entry(const fs::path& directory, const HistoryEntry& entry) {
  const HistoryFile file = history_file(directory, entry.id);
  if (file.path.stem().string() != history_stem(entry)) {
    throw std::invalid_argument("a history entry whose time has changed");
  }
  write_file(file.path, to_json(entry));
}

void delete_entry(const HistoryFile& file) {
  const fs::path directory = file.path.parent_path();
  const std::string stem = file.path.stem().string();
  // The entry goes last: while it is there, what lies beside it can be found.
  std::vector<fs::path> paths;
  for (const std::string& name : history_names(directory)) {
    const fs::path path = directory / name;
    if (path != file.path && name.rfind(stem + ".", 0) == 0) paths.push_back(path);
  }
  paths.push_back(file.path);
  for (const fs::path& path : paths) {
    if (unlink(path.c_str()) == 0 || errno == ENOENT) continue;
    throw InputError(fmt::format("cannot delete '{}': {}; delete it by hand", path.string(),
                                 std::generic_category().message(errno)));
  }
}

}  // namespace mpisize
