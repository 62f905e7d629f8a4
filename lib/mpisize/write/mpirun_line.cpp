// Takes the user's mpirun line apart.
#include "mpisize/write/mpirun_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "mpisize/base/error.hpp"
#include "mpisize/write/mpirun_said.hpp"

namespace mpisize {
namespace {

using Role = MpirunRole;
using Words = std::span<const std::string>;

constexpr std::string_view end_of_options = "--";

/// Empty for 0, by which Open MPI 4.1 means every slot.
std::optional<int> count_of(std::string_view option, std::string_view value) {
  int count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc{} || end != value.data() + value.size() || count < 0) {
    throw InputError(fmt::format("mpirun's {} is \"{}\"; give it a positive number, e.g. {} 4",
                                 option, value, option));
  }
  return count == 0 ? std::nullopt : std::optional(count);
}

/// How many words behind an option that we do not know are its values: those before the program,
/// which is the only executable file there. Empty if that is not clear.
std::optional<std::size_t> values_of_unknown(Words after, const IsProgram& is_program) {
  constexpr std::size_t most_values = 2;
  const auto next = static_cast<std::size_t>(
      std::distance(after.begin(), std::find_if(after.begin(), after.end(), looks_like_option)));
  const auto near = after.first(std::min(next, most_values + 1));
  const auto program = std::find_if(near.begin(), near.end(), is_program);
  if (program == near.end()) {
    const bool values_only = next < after.size() && next <= most_values;
    return values_only ? std::optional(next) : std::nullopt;
  }
  const auto values = static_cast<std::size_t>(std::distance(near.begin(), program));
  const auto rest = after.subspan(values + 1);
  if (std::any_of(rest.begin(), rest.end(), is_program)) return std::nullopt;
  return values;
}

/// Takes options from the front of `rest` into the line.
class Parser {
 public:
  Parser(Words argv, const IsProgram& is_program)
      : rest_(argv.subspan(1)), is_program_(is_program) {
    line_.launcher = argv.front();
  }

  ParsedMpirun parse() {
    while (!rest_.empty() && looks_like_option(rest_.front()) && rest_.front() != end_of_options) {
      if (auto why = take()) return {std::nullopt, *why};
    }
    if (!rest_.empty() && rest_.front() == end_of_options) rest_ = rest_.subspan(1);
    if (rest_.empty()) {
      throw InputError(
          fmt::format("{} has no program to start; name it after the options", line_.launcher));
    }
    line_.program.assign(rest_.begin(), rest_.end());
    return {line_, {}};
  }

 private:
  /// Why the line cannot be taken apart, if so.
  std::optional<std::string> take() {
    const std::string& word = rest_.front();
    MpirunWords taken = take_option(rest_);
    if (!taken.option) {
      const auto values = values_of_unknown(rest_.subspan(1), is_program_);
      if (!values) {
        return fmt::format(
            "{} is no option of mpirun that mpisize knows, and which word is the program is not "
            "clear; write -- before the program",
            word);
      }
      line_.unknown.push_back(word);
      taken.words = 1 + *values;
      keep(taken.words);
      return std::nullopt;
    }
    switch (taken.option->role) {
      case Role::several_programs:
        return fmt::format(
            "mpirun's {} may start several programs, and a plan is for one; give the program and "
            "its arguments instead",
            word);
      case Role::no_job:
        return fmt::format("mpirun's {} starts no job; leave it out", word);
      case Role::ranks:
        line_.ranks = count_of(word, taken.values.front());
        break;
      case Role::ranks_per_node:
        line_.ranks_per_node = count_of(word, taken.values.front());
        break;
      case Role::one_rank_per_node:
        line_.ranks_per_node = 1;
        break;
      case Role::per_package:
        line_.ranks_per_package = count_of(word, taken.values.front());
        break;
      default:
        keep(taken.words);
        return std::nullopt;
    }
    rest_ = rest_.subspan(taken.words);
    return std::nullopt;
  }

  void keep(std::size_t words) {
    line_.options.insert(line_.options.end(), rest_.begin(),
                         rest_.begin() + static_cast<std::ptrdiff_t>(words));
    rest_ = rest_.subspan(words);
  }

  Words rest_;
  const IsProgram& is_program_;
  MpirunLine line_;
};

}  // namespace

bool is_mpirun(std::string_view word) {
  const auto slash = word.rfind('/');
  if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  constexpr std::string_view debian = ".openmpi";
  if (word.size() > debian.size() && word.substr(word.size() - debian.size()) == debian) {
    word.remove_suffix(debian.size());
  }
  constexpr std::array<std::string_view, 3> names{"mpirun", "mpiexec", "orterun"};
  return std::find(names.begin(), names.end(), word) != names.end();
}

ParsedMpirun take_apart(Words argv, const IsProgram& is_program) {
  if (argv.empty()) throw InputError("an empty command was given instead of mpirun; name it");
  if (std::find(argv.begin(), argv.end(), ":") != argv.end()) {
    return {std::nullopt,
            "mpirun starts another program after a bare \":\", and a plan is for one; run the "
            "programs apart"};
  }
  return Parser(argv, is_program).parse();
}

MpirunLine parse_mpirun(Words argv) {
  auto parsed = take_apart(argv, [](const std::string&) { return false; });
  if (!parsed.line) throw InputError(parsed.why);
  return *std::move(parsed.line);
}

}  // namespace mpisize
