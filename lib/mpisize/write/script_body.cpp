#include "mpisize/write/script_body.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "mpisize/write/shell_words.hpp"

namespace mpisize {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The next word is a command.
bool is_reserved(std::string_view word) {
  constexpr std::array<std::string_view, 9> words{"if",    "then", "elif", "else", "while",
                                                  "until", "do",   "!",    "{"};
  return is_one_of(word, words);
}

/// A command of its own follows, behind options and numbers.
bool starts_another(std::string_view word) {
  constexpr std::array<std::string_view, 12> words{"time",   "exec",    "eval",    "env",
                                                   "nice",   "nohup",   "command", "timeout",
                                                   "stdbuf", "numactl", "setsid",  "builtin"};
  return is_one_of(base_name(word), words);
}

bool declares(std::string_view word) {
  constexpr std::array<std::string_view, 5> words{"export", "declare", "typeset", "readonly",
                                                  "local"};
  return is_one_of(word, words);
}

bool is_option_or_number(std::string_view word) {
  return !word.empty() && (word.front() == '-' || (word.front() >= '0' && word.front() <= '9'));
}

bool is_assignment(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, equals);
  return std::all_of(name.begin(), name.end(),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_';
                     }) &&
         !(name.front() >= '0' && name.front() <= '9');
}

ShellAssignment assignment(std::string name, const ScriptWord& word, std::size_t first) {
  const std::string text = word.text.substr(first);
  const bool computed = word.computed && text.find_first_of("$`") != std::string::npos;
  return {name, {LaunchRole::threads, name, word, first, text, computed}};
}

bool has_count(std::span<const ScriptWord> words) {
  return std::any_of(words.begin(), words.end(), [](const ScriptWord& word) {
    return word.text == "-np" || word.text == "-n";
  });
}

void read_command(ScriptBody& body, const ShellCommand& command) {
  const std::span<const ScriptWord> words(command.words);
  bool declaring = false;
  bool nested = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const ScriptWord& word = words[i];
    if (is_assignment(word.text)) {
      const auto equals = word.text.find('=');
      body.assignments.push_back(assignment(word.text.substr(0, equals), word, equals + 1));
    } else if (declares(word.text)) {
      declaring = true;
    } else if (word.text == "setenv" && words.size() == i + 3) {
      body.assignments.push_back(assignment(words[i + 1].text, words[i + 2], 0));
      return;
    } else if (!declaring && !word.computed && is_launcher(word.text)) {
      body.launches.push_back(read_launch(words.subspan(i)));
      body.launches.back().in_background = command.in_background;
      return;
    } else if (!declaring && word.computed && has_count(words.subspan(i))) {
      body.computed_launchers.push_back(word);
      return;
    } else if (starts_another(word.text)) {
      nested = true;
    } else if (!declaring && !is_reserved(word.text) &&
               !(nested && is_option_or_number(word.text))) {
      return;
    }
  }
}

bool names_a_shell(std::string_view shebang) {
  constexpr std::array<std::string_view, 9> shells{"sh",  "bash", "dash", "ksh", "mksh",
                                                   "zsh", "ash",  "csh",  "tcsh"};
  std::string word;
  for (const char c : std::string(shebang.substr(std::min<std::size_t>(2, shebang.size()))) + " ") {
    if (c != ' ' && c != '\t') {
      word += c;
      continue;
    }
    if (is_one_of(base_name(word), shells)) return true;
    word.clear();
  }
  return false;
}

}  // namespace

bool ScriptBody::sets(std::string_view name) const {
  return std::any_of(assignments.begin(), assignments.end(),
                     [&](const ShellAssignment& a) { return a.name == name; });
}

ScriptBody read_body(const SbatchScript& script) {
  ScriptBody body;
  body.is_shell = !script.lines.empty() && names_a_shell(script.line(0));
  if (!body.is_shell) return body;
  ShellText text = shell_commands(script);
  for (const ShellCommand& command : text.commands) read_command(body, command);
  body.here_documents = std::move(text.here_documents);
  return body;
}

}  // namespace mpisize
