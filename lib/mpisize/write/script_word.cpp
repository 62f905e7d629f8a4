#include "mpisize/write/script_word.hpp"

namespace mpisize {
namespace {

constexpr char no_quote = ' ';

bool is_quote(char c) { return c == '\'' || c == '"'; }

}  // namespace

void ScriptWord::push(char c, std::size_t byte, char quote) {
  text += c;
  at.push_back(byte);
  quotes += quote;
}

ByteEdit replace_in_word(std::string_view file, const ScriptWord& word, std::size_t first,
                         std::size_t count, std::string_view value) {
  const bool to_the_end = first + count >= word.text.size();
  // Quotes and backslashes before a character belong to it.
  ByteEdit edit;
  edit.begin = first == 0 ? word.begin : word.at[first - 1] + 1;
  edit.end = to_the_end ? word.end : word.at[first + count - 1] + 1;
  edit.text = value;
  const std::string_view old = file.substr(edit.begin, edit.end - edit.begin);
  const char before = first == 0 ? no_quote : word.quotes[first - 1];
  if (before != no_quote && old.substr(0, 1) != std::string_view(&before, 1)) {
    // "--nodes=4": the quote was opened before and is closed behind the value.
    if (to_the_end) edit.text += before;
  } else if (before == no_quote && old.size() > 1 && is_quote(old.front()) &&
             old.back() == old.front()) {
    edit.text = old.front() + edit.text + old.front();  // --nodes="4"
  } else if (before != no_quote) {
    edit.text = before + edit.text;  // "--nodes="4
  }
  return edit;
}

ByteEdit replace_rest(std::string_view file, const ScriptWord& word, std::size_t first,
                      std::string_view quoted) {
  ByteEdit edit{first == 0 ? word.begin : word.at[first - 1] + 1, word.end, std::string(quoted)};
  const char before = first == 0 ? no_quote : word.quotes[first - 1];
  if (before != no_quote) edit.text = before + edit.text;  // Closes it.
  if (file.substr(edit.begin, edit.end - edit.begin) == quoted) edit.text = quoted;
  return edit;
}

}  // namespace mpisize
