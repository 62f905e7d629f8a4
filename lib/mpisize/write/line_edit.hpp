/// A script changed line by line, and the change as a unified diff.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/write/sbatch_script.hpp"

namespace mpisize {

/// What becomes of a line. Lines without an edit stay as they are, byte for byte.
struct LineEdit {
  std::size_t line = 0;              ///< Counted from 0; ascending, each at most once.
  bool stays = false;                ///< The line itself is not changed.
  std::optional<std::string> now;    ///< With its ending; empty, and `stays` false: removed.
  std::vector<std::string> after{};  ///< Lines that follow it, with their endings.
  friend bool operator==(const LineEdit&, const LineEdit&) = default;
};

/// The script after the edits.
[[nodiscard]] std::string edited(const SbatchScript& script, std::span<const LineEdit> edits);

/// As `diff -u` writes it, with three lines of context, for patch(1); nothing if nothing changes.
[[nodiscard]] std::string unified_diff(const SbatchScript& script, std::span<const LineEdit> edits,
                                       std::string_view old_name, std::string_view new_name);

}  // namespace mpisize
