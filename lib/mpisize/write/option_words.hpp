/// Options among words, as getopt_long(3) finds them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/write/script_word.hpp"
#include "mpisize/write/slurm_options.hpp"

namespace mpisize {

/// Where an option's value stands: in the word of the option or in the next one.
struct OptionValue {
  std::size_t word = 0;   ///< Which of the words.
  std::size_t first = 0;  ///< Its first character in that word.
  std::string text;
  friend bool operator==(const OptionValue&, const OptionValue&) = default;
};

struct WordOption {
  const SlurmOption* option = nullptr;  ///< Null: no such option, or several begin so.
  std::string spelling;                 ///< "--nodes", "--nod", "-N"
  std::size_t word = 0;                 ///< Which of the words.
  std::size_t first = 0;                ///< Its first character; not 0 in a bundle such as -HN4.
  std::size_t count = 0;                ///< Characters in that word, dashes and value included.
  std::optional<OptionValue> value;
  friend bool operator==(const WordOption&, const WordOption&) = default;

  /// The name of the option, or as it is spelt if there is none.
  [[nodiscard]] std::string_view meaning() const {
    return option == nullptr ? std::string_view(spelling) : option->meaning();
  }
};

enum class OptionProblem { unknown, ambiguous, needs_value, takes_no_value };

struct OptionFault {
  OptionProblem problem = OptionProblem::unknown;
  std::size_t word = 0;
  std::string spelling;
  std::vector<std::string> candidates;  ///< Of an ambiguous name.
  friend bool operator==(const OptionFault&, const OptionFault&) = default;
};

struct WordOptions {
  std::vector<WordOption> options;
  std::vector<OptionFault> faults;  ///< Slurm's command ends at the first.
  std::size_t end = 0;              ///< The first word that is no option.
};

/// Takes options from the front: --name=value, --name value, unique prefixes of names, -Nvalue, -N
/// value, letters together; "--" ends them. Behind an unknown --name a word without dash on the
/// same line is taken for its value: it may be an option that a plugin of the site adds.
[[nodiscard]] WordOptions take_options(SlurmCommand command, std::span<const ScriptWord> words);

}  // namespace mpisize
