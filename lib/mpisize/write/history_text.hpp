/// The history of runs as text for people and as JSON. Text is plain UTF-8, each line ended;
/// control characters of programs' names and arguments are shown as '?'.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mpisize/model/history_entry.hpp"
#include "mpisize/model/run_comparison.hpp"

namespace mpisize {

/// A line for each entry, under its heading, in columns: id, time (UTC), kind, program, ranks x
/// threads, predicted, measured, error (measured / predicted - 1), and how it ended.
[[nodiscard]] std::string describe_history(std::span<const HistoryEntry> entries);

/// All of an entry; what the ranks did is summarised over them, MPI by routine.
[[nodiscard]] std::string describe(const HistoryEntry& entry);

/// After a run: predicted against measured, and how the earlier predictions of the same program
/// fared. One or two lines.
[[nodiscard]] std::string describe_outcome(const HistoryEntry& entry,
                                           std::span<const HistoryEntry> earlier);

/// What is put side by side, in words: "app@8" or an id.
struct ComparedNames {
  std::string a;
  std::string b;
};

/// Medians with their intervals, the noise band with how it is made, and the verdict. Times may be
/// of one repetition of a program's pattern: `measure` says of what ("the whole program").
[[nodiscard]] std::string describe(const RunComparison& comparison, const ComparedNames& names,
                                   const std::string& measure);

/// {"schema": "mpisize-history", "entries": [...], "damaged": [...]}: each entry as in its
/// document, without what each rank did.
[[nodiscard]] std::string history_json(std::span<const HistoryEntry> entries,
                                       const std::vector<std::string>& damaged);

/// {"schema": "mpisize-comparison", "measure": ..., "a": {...}, "b": {...}, "ratio": ...,
/// "noise": {...}, "difference": ...}; "noise" is absent where it is not known.
[[nodiscard]] std::string comparison_json(const RunComparison& comparison,
                                          const ComparedNames& names, const std::string& measure);

}  // namespace mpisize
