/// What somebody meant who misspelt a word.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mpisize {

/// The word among `known` that is nearest to `word` by single letters inserted, deleted or replaced
/// (Levenshtein 1966), the first of several; empty if none is within 3 or all of it would change.
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view word,
                                                      const std::vector<std::string>& known);

}  // namespace mpisize
