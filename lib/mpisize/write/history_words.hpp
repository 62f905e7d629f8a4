/// Parts of an entry in words. Private.
#pragma once

#include <string>
#include <string_view>

#include "mpisize/model/history_entry.hpp"

namespace mpisize {

/// Control characters as '?': nothing moves the cursor of a terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// Name and arguments, quoted as a shell takes them, printable.
[[nodiscard]] std::string command_words(const Program& program);

/// "well", "status 3", "signal 9", "cut off", "out of memory", "not known".
[[nodiscard]] std::string ending_words(const HistoryEntry& entry);

/// "out of memory" of "out_of_memory".
[[nodiscard]] std::string spaced(std::string_view word);

/// "+4.1 %"
[[nodiscard]] std::string percent(double ratio);

}  // namespace mpisize
