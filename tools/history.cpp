#include <algorithm>

#include "commands.hpp"
#include "history_actions.hpp"
#include "mpisize/measure/history.hpp"
#include "mpisize/write/history_text.hpp"
#include "mpisize/write/json.hpp"
#include "print.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

int list_history(const HistoryOptions& options, const fs::path& directory, const Talk& talk) {
  History history = read_history(directory);
  auto& entries = history.entries;
  if (options.program) {
    std::erase_if(entries, [&](const HistoryEntry& e) { return !is_named(e, *options.program); });
  }
  if (options.last && static_cast<std::size_t>(*options.last) < entries.size()) {
    entries.resize(static_cast<std::size_t>(*options.last));
  }
  for (const std::string& sentence : history.damaged) warn(talk, sentence);
  print(options.common.json ? history_json(entries, history.damaged) : describe_history(entries));
  return 0;
}

int show_history(const HistoryOptions& options, const fs::path& directory) {
  const HistoryFile file = history_file(directory, options.words.front());
  const HistoryEntry entry = read_entry(file);
  print(options.common.json ? to_json(entry) : describe(entry));
  return 0;
}

}  // namespace

bool is_named(const HistoryEntry& entry, std::string_view part) {
  const std::string_view name = part.find('/') == std::string_view::npos
                                    ? program_name(entry.program)
                                    : std::string_view(entry.program.path);
  return name.find(part) != std::string_view::npos;
}

int command(const HistoryOptions& options, const Talk& talk) {
  // Without a home there is no history: an empty path is no directory.
  const fs::path directory = history_directory().value_or(fs::path());
  switch (options.action) {
    case HistoryAction::list:
      break;
    case HistoryAction::show:
      return show_history(options, directory);
    case HistoryAction::compare:
      return compare_history(options, directory, talk);
    case HistoryAction::remove:
      return delete_history(options, directory, talk);
    case HistoryAction::sync:
      return sync_history(options, directory, talk);
  }
  return list_history(options, directory, talk);
}

}  // namespace mpisize::tools
