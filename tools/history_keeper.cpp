#include "history_keeper.hpp"

#include <fmt/format.h>

namespace mpisize::tools {

HistoryKeeper::HistoryKeeper(const Talk& talk) : HistoryKeeper(talk, history_directory()) {}

std::optional<std::string> HistoryKeeper::keep(const HistoryEntry& entry) {
  const HistoryBounds bounds;
  const Kept kept = mpisize::keep(directory_, entry, bounds);
  if (!kept.id && !told_) {
    warn(talk_, kept.reason);
    told_ = true;
  }
  if (kept.pruned > 0 && !told_pruned_) {
    constexpr std::int64_t megabyte = 1'000'000;
    say(talk_, fmt::format("The history keeps {} runs and {} MB at most: its oldest {} deleted.\n",
                           bounds.entries, bounds.size.value() / megabyte,
                           kept.pruned == 1 ? "one was" : fmt::format("{} were", kept.pruned)));
    told_pruned_ = true;
  }
  return kept.id;
}

std::filesystem::path HistoryKeeper::beside(const std::string& id, std::string_view ending) const {
  return history_file(directory_.value(), id).path.replace_extension(ending);
}

std::vector<HistoryEntry> HistoryKeeper::runs_of(const Program& program, std::string_view machine,
                                                 Kinship farthest) const {
  if (!directory_) return {};
  return mpisize::runs_of(*directory_, program, machine, farthest);
}

}  // namespace mpisize::tools
