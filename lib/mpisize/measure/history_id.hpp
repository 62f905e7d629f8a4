/// Names in the history's directory: ids that nobody else draws, and moments.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/model/history_entry.hpp"

namespace mpisize {

/// Digits of an id, hexadecimal: 40 bits.
inline constexpr std::size_t history_id_digits = 10;

/// Whether the text is an id, or the beginning of one.
[[nodiscard]] bool begins_history_id(std::string_view text);

/// Drawn by the system (getrandom). Throws std::system_error if it cannot.
[[nodiscard]] std::string random_history_id();

/// This moment, UTC, to the millisecond (ISO 8601): "2024-05-01T12:34:56.789Z".
[[nodiscard]] std::string utc_now();

inline constexpr std::string_view history_ending = ".json";  ///< Of an entry's file.

/// "20240501T123456.789Z-0123456789": the name of an entry's file without its ending, and without
/// the signs of its time that some file systems refuse.
[[nodiscard]] std::string history_stem(const HistoryEntry& entry);

/// The id in the name of an entry's file, or of one beside it; empty if it is none of ours.
[[nodiscard]] std::string history_id_in(std::string_view name);

/// Names in a directory, in no order; none if it is not there. Throws InputError if it cannot be
/// read.
[[nodiscard]] std::vector<std::string> history_names(const std::filesystem::path& directory);

/// An id of a directory, held by a file of its own that only one process can make (O_EXCL), until
/// it is destroyed. What is in the directory under an id is there before the id is given up: so an
/// id that is claimed, and not there afterwards, is free.
class ClaimedId {
 public:
  /// Draws until an id is free. `is_taken` tells whether the directory has one of that name.
  /// Throws InputError if the directory cannot be written.
  ClaimedId(const std::filesystem::path& directory, const std::function<std::string()>& draw,
            const std::function<bool(const std::string&)>& is_taken);
  ~ClaimedId();
  ClaimedId(const ClaimedId&) = delete;
  ClaimedId& operator=(const ClaimedId&) = delete;
  ClaimedId(ClaimedId&&) = delete;
  ClaimedId& operator=(ClaimedId&&) = delete;

  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  std::string id_;
  std::filesystem::path file_;
};

}  // namespace mpisize
