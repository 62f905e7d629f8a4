#include "mpisize/write/shell_quote.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

bool is_plain(char c) {
  constexpr std::string_view punctuation = "_@%+=:,./-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         punctuation.find(c) != std::string_view::npos;
}

bool is_plain(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return is_plain(c); });
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code < 0x20 || code == 0x7F;
}

std::string in_single_quotes(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

std::string shell_quote(std::string_view word) {
  if (word.find('\0') != std::string_view::npos) {
    throw InputError(
        fmt::format("the argument \"{}\" goes on after a NUL byte, which no program can be given; "
                    "leave the byte out",
                    word.substr(0, word.find('\0'))));
  }
  return is_plain(word) ? std::string(word) : in_single_quotes(word);
}

std::string shell_join(std::span<const std::string> words) {
  std::string line;
  for (const std::string& word : words) {
    const bool like_assignment = line.empty() && word.find('=') != std::string::npos;
    const std::string quoted = shell_quote(word);
    if (!line.empty()) line += ' ';
    line += like_assignment && quoted == word ? in_single_quotes(word) : quoted;
  }
  return line;
}

std::string sbatch_quote(std::string_view word) {
  if (std::any_of(word.begin(), word.end(), is_control)) {
    std::string shown(word);
    std::replace_if(shown.begin(), shown.end(), is_control, '?');
    throw InputError(
        fmt::format("\"{}\" has a control character (shown as ?), which a #SBATCH line cannot "
                    "hold; leave it out",
                    shown));
  }
  if (is_plain(word)) return std::string(word);
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace mpisize
