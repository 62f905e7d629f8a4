/// The words of a #SBATCH line. Private.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mpisize/write/script_word.hpp"

namespace mpisize {

/// Why sbatch reads no further on a line.
enum class DirectiveEnd {
  line,             ///< Its end.
  comment,          ///< An unescaped #.
  separator,        ///< hetjob or packjob; the rest is ignored.
  empty_word,       ///< "" or '', which ends the line, too.
  unmatched_quote,  ///< sbatch gives up.
  bare_colon        ///< A word that begins with ':': sbatch gives up.
};

struct DirectiveWords {
  std::vector<ScriptWord> words;
  DirectiveEnd end = DirectiveEnd::line;
  std::size_t stop = 0;  ///< Byte of the file where it ended.
};

/// Splits the bytes [begin, end) of a file, which stand behind "#SBATCH", as sbatch 22.05 does
/// (SchedMD, src/sbatch/opt.c, get_argument): at blanks, whatever stands before them; ' and "
/// quote, a backslash takes the next character as it is, inside quotes too, but not a blank outside
/// them; an unescaped # begins a comment.
[[nodiscard]] DirectiveWords directive_words(std::string_view file, std::size_t begin,
                                             std::size_t end, std::size_t line);

/// isspace(3) in the C locale.
[[nodiscard]] bool is_blank(char c);

/// "hetjob" or "packjob" in any case, at the start of `text` and followed by a blank or nothing.
[[nodiscard]] bool begins_component(std::string_view text);

}  // namespace mpisize
