/// The history of whole-program runs: a directory with one file per entry, "TIME-ID.json". Beside
/// it there may be files of the same name with another ending, such as raw counters (.h5), which go
/// with it. Other files are none of ours and stay.
///
/// Every function takes the directory, which need not be there: an absent one is an empty history.
/// One that cannot be read throws InputError.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/model/history_entry.hpp"

namespace mpisize {

/// $XDG_DATA_HOME/mpisize/history, else $HOME/.local/share/mpisize/history, there or not; empty
/// if neither variable is an absolute path, or the home does not exist (it is not ours to make).
[[nodiscard]] std::optional<std::filesystem::path> history_directory();

/// The same, from the values of the two variables.
[[nodiscard]] std::optional<std::filesystem::path> history_directory(
    const std::string& xdg_data_home, const std::string& home);

/// The file of an entry; what is in it may be damaged.
struct HistoryFile {
  std::string id;
  std::filesystem::path path;
};

/// Newest first, by name: nothing is opened.
[[nodiscard]] std::vector<HistoryFile> history_files(const std::filesystem::path& directory);

/// The one file whose id begins with `prefix`. Throws InputError if there is none or several.
[[nodiscard]] HistoryFile history_file(const std::filesystem::path& directory,
                                       std::string_view prefix);

/// Throws InputError naming file and repair if the entry is damaged, written by a newer mpisize, no
/// regular file, or of another id than the file.
[[nodiscard]] HistoryEntry read_entry(const HistoryFile& file);

struct History {
  std::vector<HistoryEntry> entries;  ///< Newest first.
  std::vector<std::string> damaged;   ///< One sentence for each entry that was skipped.
};
[[nodiscard]] History read_history(const std::filesystem::path& directory);

/// Entries of a program on a machine (fingerprint), newest first; `farthest` is the farthest
/// kinship() that is wanted. What cannot be read, the directory too, is left out without a word: it
/// is read_history's to name.
[[nodiscard]] std::vector<HistoryEntry> runs_of(const std::filesystem::path& directory,
                                                const Program& program, std::string_view machine,
                                                Kinship farthest = Kinship::elsewhere);

/// How much is kept, the newest; what lies beside an entry counts.
struct HistoryBounds {
  std::size_t entries = 1000;
  Bytes size{100'000'000};
};

/// What became of an entry that was to be kept.
struct Kept {
  std::optional<std::string> id;  ///< Empty: it was not kept.
  std::string reason;             ///< Why not, in one sentence.
  std::size_t pruned = 0;         ///< Entries that were deleted to stay within the bounds.
};

/// Writes the entry as a new file, its id drawn here, its time this moment unless it has one. The
/// file is whole or absent at any moment, whoever else writes or reads. A directory that cannot be
/// made or written is no error: nothing is kept. Throws std::invalid_argument for a time that is
/// none and for numbers that are not finite.
[[nodiscard]] Kept keep(const std::optional<std::filesystem::path>& directory, HistoryEntry entry,
                        const HistoryBounds& bounds = {});

/// Writes an entry in the place of the one with its id. Throws InputError if there is none, or it
/// cannot be written.
void replace_entry(const std::filesystem::path& directory, const HistoryEntry& entry);

/// Deletes an entry, damaged or not, with what lies beside it; one that is gone is no error. Throws
/// InputError if it cannot be deleted.
void delete_entry(const HistoryFile& file);

}  // namespace mpisize
