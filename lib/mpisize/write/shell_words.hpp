/// The simple commands of a shell script and their words: a scanner, not a shell. Private.
#pragma once

#include <vector>

#include "mpisize/write/sbatch_script.hpp"
#include "mpisize/write/script_word.hpp"

namespace mpisize {

/// Words between two separators; assignments and reserved words ("then", "{") stand among them,
/// redirections do not.
struct ShellCommand {
  std::vector<ScriptWord> words;
  bool in_background = false;  ///< It ends in a single &.
};

struct ShellText {
  std::vector<ShellCommand> commands;
  std::vector<std::size_t> here_documents;  ///< Their lines, counted from 0.
};

/// The commands of the script in order, those inside $(...) and backquotes before the one that they
/// stand in. Knows comments, the three quotes, backslashes, expansions, here-documents,
/// redirections and separators. What is expanded is not worked out: such a word is `computed`.
[[nodiscard]] ShellText shell_commands(const SbatchScript& script);

}  // namespace mpisize
