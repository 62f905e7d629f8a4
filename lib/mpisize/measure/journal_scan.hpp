/// What a journal holds.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/measure/index_set.hpp"
#include "mpisize/measure/journal_file.hpp"
#include "mpisize/model/dead_letter.hpp"

namespace mpisize {

/// Results of consecutive items, in one record.
struct JournalRun {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::uint64_t input_hash = 0;  ///< Of the items.
  std::int64_t offset = 0;       ///< Of the record in the file.
  std::int64_t bytes = 0;        ///< Of the results.
};

struct JournalContents {
  std::vector<JournalRun> runs;          ///< Ascending.
  std::vector<DeadLetter> dead_letters;  ///< Ascending, the last of each index without results.
  IndexSet done;                         ///< Indices with results.
  std::int64_t end = 0;                  ///< Of the last whole record.
};

/// Reads and verifies the records from `begin` on, in pieces of a megabyte. What follows the last
/// whole record is a torn tail; throws InputError if there are whole records behind it, and for an
/// index with two results.
[[nodiscard]] JournalContents scan_journal(const JournalFile& file, std::int64_t begin,
                                           std::uint64_t salt);

}  // namespace mpisize
