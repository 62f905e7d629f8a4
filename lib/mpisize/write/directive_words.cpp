#include "mpisize/write/directive_words.hpp"

#include <algorithm>
#include <array>

namespace mpisize {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

/// One word from `begin` on; whether its quotes are closed.
bool take_word(std::string_view file, std::size_t begin, std::size_t end, ScriptWord& word) {
  constexpr char none = ' ';
  char quote = none;
  bool escaped = false;
  std::size_t i = begin;
  for (; i < end && (quote != none || !is_blank(file[i])); ++i) {
    const char c = file[i];
    if (escaped) {
      escaped = false;
      word.push(c, i, quote);
    } else if (c == '\\') {
      escaped = true;
    } else if (quote != none && c == quote) {
      quote = none;
    } else if (quote == none && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote == none && c == '#') {
      break;
    } else {
      word.push(c, i, quote);
    }
  }
  word.begin = begin;
  word.end = i;
  return quote == none;
}

}  // namespace

bool is_blank(char c) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  return blanks.find(c) != std::string_view::npos;
}

bool begins_component(std::string_view text) {
  constexpr std::array<std::string_view, 2> words{"hetjob", "packjob"};
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return same_letters(text.substr(0, word.size()), word) &&
           (text.size() == word.size() || is_blank(text[word.size()]));
  });
}

DirectiveWords directive_words(std::string_view file, std::size_t begin, std::size_t end,
                               std::size_t line) {
  DirectiveWords result;
  std::size_t i = begin;
  while (true) {
    while (i < end && is_blank(file[i])) ++i;
    result.stop = i;
    if (i == end) return result;
    const auto ended = [&](DirectiveEnd why) {
      result.end = why;
      return result;
    };
    if (begins_component(file.substr(i, end - i))) return ended(DirectiveEnd::separator);
    if (file[i] == ':') return ended(DirectiveEnd::bare_colon);
    ScriptWord word;
    word.line = line;
    if (!take_word(file, i, end, word)) return ended(DirectiveEnd::unmatched_quote);
    if (word.text.empty()) {
      return ended(file[i] == '#' ? DirectiveEnd::comment : DirectiveEnd::empty_word);
    }
    i = word.end;
    result.words.push_back(std::move(word));
  }
}

}  // namespace mpisize
