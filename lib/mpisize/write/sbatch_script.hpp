/// A batch script as sbatch reads it, with every byte kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/write/option_words.hpp"
#include "mpisize/write/script_word.hpp"

namespace mpisize {

/// A line of a file. sbatch splits at "\n"; a "\r" before it belongs to the ending here.
struct ScriptLine {
  std::size_t begin = 0;
  std::size_t end = 0;  ///< Behind the last byte before the ending.
  std::string ending;   ///< "\n", "\r\n", or nothing on a last line without.
  friend bool operator==(const ScriptLine&, const ScriptLine&) = default;
};

/// What sbatch does not take, or not as it was meant, on a #SBATCH line.
enum class DirectiveProblem {
  unmatched_quote,  ///< sbatch gives up here.
  bare_colon,       ///< sbatch gives up here.
  no_option,        ///< A word that is no option: sbatch gives up here.
  ignored_words     ///< Behind hetjob or an empty word: sbatch does not read them.
};

struct DirectiveFault {
  DirectiveProblem problem = DirectiveProblem::no_option;
  std::size_t line = 0;  ///< Counted from 0.
  std::string words;     ///< Which.
  friend bool operator==(const DirectiveFault&, const DirectiveFault&) = default;
};

/// A line that begins with #SBATCH (or #SLURM) where sbatch still looks for it.
struct Directive {
  std::size_t line = 0;
  bool old_magic = false;  ///< #SLURM
  bool separator = false;  ///< hetjob or packjob: the first line of its component.
  friend bool operator==(const Directive&, const Directive&) = default;
};

/// The directives of one component of a heterogeneous job; an ordinary job has one component.
/// sbatch joins the words of its lines, so an option may have its value on the next line.
struct Component {
  std::vector<Directive> directives;
  std::vector<ScriptWord> words;
  std::vector<WordOption> options;  ///< In order; `word` counts within `words`.
  std::vector<OptionFault> option_faults;
  std::vector<DirectiveFault> faults;
  friend bool operator==(const Component&, const Component&) = default;
};

/// The bytes of a script, and what sbatch 22.05 sees in them.
struct SbatchScript {
  std::string origin;  ///< Its name, for messages.
  std::string text;    ///< Every byte.
  std::vector<ScriptLine> lines;
  std::size_t first_command = 0;      ///< Line where sbatch stops looking; lines.size() if nowhere.
  std::vector<Component> components;  ///< At least one.
  friend bool operator==(const SbatchScript&, const SbatchScript&) = default;

  /// A line without its ending.
  [[nodiscard]] std::string_view line(std::size_t number) const {
    return std::string_view(text).substr(lines[number].begin,
                                         lines[number].end - lines[number].begin);
  }
};

/// Any bytes at all. The rules are those of sbatch 22.05 (SchedMD, src/sbatch/opt.c): a directive
/// begins in column 0 with exactly #SBATCH; the first line that is neither blank nor a comment ends
/// them; "#SBATCH hetjob" begins another component; what its words are, see take_options().
[[nodiscard]] SbatchScript parse_sbatch(std::string text, std::string origin = "the script");

/// Every occurrence of an option in a component, by its full name; the last one holds.
[[nodiscard]] std::vector<const WordOption*> occurrences(const Component& component,
                                                         std::string_view option);

/// The one that holds, or null.
[[nodiscard]] const WordOption* effective(const Component& component, std::string_view option);

/// Its value; empty if the option is not there or has none.
[[nodiscard]] std::optional<std::string> effective_value(const Component& component,
                                                         std::string_view option);

/// The line of an option, counted from 0.
[[nodiscard]] std::size_t line_of(const Component& component, const WordOption& option);

/// Throws InputError, naming the line and the repair, if sbatch would not read the script: empty,
/// no shebang, a NUL, an unmatched quote, a bare colon, a word that is no option, an ambiguous
/// name, a value missing or too many. Unknown options pass: a plugin may know them. So do DOS line
/// ends, which this sbatch refuses, but which are no reason not to patch.
void check_readable(const SbatchScript& script);

}  // namespace mpisize
