/// A word of a script, and where each of its characters stands in the file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mpisize {

/// A word as its reader gets it, without quotes and backslashes.
struct ScriptWord {
  std::string text;
  std::vector<std::size_t> at;  ///< Byte of the file, of each character of `text`.
  std::string quotes;           ///< The quote each character stands in: ' or ", a blank if none.
  std::size_t line = 0;         ///< Counted from 0.
  std::size_t begin = 0;        ///< First byte of the file.
  std::size_t end = 0;          ///< Behind the last byte.
  bool computed = false;  ///< Of a shell: holds an expansion, which stands in `text` as it is.
  friend bool operator==(const ScriptWord&, const ScriptWord&) = default;

  void push(char c, std::size_t byte, char quote);
};

/// Bytes of a file, and what is to stand there instead.
struct ByteEdit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
  friend bool operator==(const ByteEdit&, const ByteEdit&) = default;
};

/// What makes `count` characters of the word from `first` on into `value`, which needs no quoting;
/// quotes that the user put around them stay.
[[nodiscard]] ByteEdit replace_in_word(std::string_view file, const ScriptWord& word,
                                       std::size_t first, std::size_t count,
                                       std::string_view value);

/// What makes everything from `first` on into `quoted`, which brings its own quotes.
[[nodiscard]] ByteEdit replace_rest(std::string_view file, const ScriptWord& word,
                                    std::size_t first, std::string_view quoted);

}  // namespace mpisize
