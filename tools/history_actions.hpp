/// What mpisize history does besides listing. Private to history*.cpp.
#pragma once

#include <filesystem>
#include <string_view>

#include "mpisize/model/history_entry.hpp"
#include "options.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Whether the program's name has this part; its path, if the part has a slash.
[[nodiscard]] bool is_named(const HistoryEntry& entry, std::string_view part);

[[nodiscard]] int compare_history(const HistoryOptions& options,
                                  const std::filesystem::path& directory, const Talk& talk);
[[nodiscard]] int delete_history(const HistoryOptions& options,
                                 const std::filesystem::path& directory, const Talk& talk);

/// What became of jobs, from Slurm: one question for all of them.
[[nodiscard]] int sync_history(const HistoryOptions& options,
                               const std::filesystem::path& directory, const Talk& talk);

}  // namespace mpisize::tools
