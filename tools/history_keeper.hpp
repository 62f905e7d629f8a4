/// Keeps the runs of one call of the command, and says once what there is to say.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mpisize/measure/history.hpp"
#include "talk.hpp"

namespace mpisize::tools {

class HistoryKeeper {
 public:
  /// The user's history, or another directory.
  explicit HistoryKeeper(const Talk& talk);
  HistoryKeeper(const Talk& talk, std::optional<std::filesystem::path> directory)
      : talk_(talk), directory_(std::move(directory)) {}

  /// Its id; empty if it could not be kept, which is no error: a warning says why, the first time.
  std::optional<std::string> keep(const HistoryEntry& entry);

  /// A file that is to lie beside an entry and to go with it: of its name, with this ending.
  [[nodiscard]] std::filesystem::path beside(const std::string& id, std::string_view ending) const;

  /// Of the program on this machine, newest first; see mpisize::runs_of.
  [[nodiscard]] std::vector<HistoryEntry> runs_of(const Program& program, std::string_view machine,
                                                  Kinship farthest = Kinship::elsewhere) const;

 private:
  Talk talk_;
  std::optional<std::filesystem::path> directory_;
  bool told_ = false;
  bool told_pruned_ = false;
};

}  // namespace mpisize::tools
