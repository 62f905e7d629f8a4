#include "mpisize/write/shell_words.hpp"

#include <algorithm>
#include <utility>

namespace mpisize {
namespace {

constexpr char no_quote = ' ';

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_operator(char c) {
  constexpr std::string_view operators = ";&|()<>\n";
  return operators.find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(const SbatchScript& script) : script_(script), text_(script.text) {}

  ShellText scan() && {
    while (i_ < text_.size()) list();
    return std::move(found_);
  }

 private:
  [[nodiscard]] char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  [[nodiscard]] char here() const { return at(i_); }
  [[nodiscard]] bool is_done() const { return i_ >= text_.size(); }

  /// Commands up to the end, or up to and with the ')' that ends a substitution.
  void list() {
    ShellCommand command;
    const auto end_command = [&] {
      if (!command.words.empty()) found_.commands.push_back(std::exchange(command, {}));
    };
    while (!is_done()) {
      const char c = here();
      if (is_space(c) || skip_line_join()) {
        i_ += is_space(c) ? 1 : 0;
      } else if (c == '#') {
        i_ = std::min(text_.find('\n', i_), text_.size());
      } else if (c == '\n') {
        end_command();
        ++i_;
        skip_here_documents();
      } else if (c == '(' && at(i_ + 1) == '(' && command.words.empty()) {
        skip_parentheses();
      } else if (c == '<' || c == '>' || (c == '&' && at(i_ + 1) == '>')) {
        redirection();
      } else if (is_operator(c)) {
        command.in_background = c == '&' && at(i_ + 1) != '&' && (i_ == 0 || at(i_ - 1) != '&');
        end_command();
        ++i_;
        if (c == ')') return;
      } else {
        word(command);
      }
    }
    end_command();
  }

  void word(ShellCommand& command) {
    ScriptWord word = take_word();
    const bool all_digits =
        !word.text.empty() && std::all_of(word.text.begin(), word.text.end(),
                                          [](char c) { return c >= '0' && c <= '9'; });
    if (all_digits && (here() == '<' || here() == '>')) return;  // 2>file
    command.words.push_back(std::move(word));
  }

  /// A backslash at the end of a line.
  bool skip_line_join() {
    if (here() != '\\') return false;
    const std::size_t carriage_return = at(i_ + 1) == '\r' ? 1 : 0;
    if (at(i_ + 1 + carriage_return) != '\n') return false;
    i_ += 2 + carriage_return;
    return true;
  }

  ScriptWord take_word() {
    ScriptWord word;
    word.begin = i_;
    word.line = line_at(i_);
    while (!is_done() && !is_space(here()) && !is_operator(here())) {
      if (!skip_line_join()) piece(word, no_quote);
    }
    i_ = std::min(i_, text_.size());  // Behind a quote that is not closed.
    word.end = i_;
    return word;
  }

  /// A quoted part, an expansion or a character.
  void piece(ScriptWord& word, char quote) {
    const char c = here();
    if (c == '\'' && quote == no_quote) {
      for (++i_; !is_done() && here() != '\''; ++i_) word.push(here(), i_, '\'');
      ++i_;
    } else if (c == '"' && quote == no_quote) {
      ++i_;
      while (!is_done() && here() != '"') piece(word, '"');
      ++i_;
    } else if (c == '\\' && (quote == no_quote || is_escaped_in_quotes(at(i_ + 1)))) {
      ++i_;
      take(word, quote);
    } else if (c == '$' || c == '`') {
      expansion(word, quote);
    } else {
      take(word, quote);
    }
  }

  static bool is_escaped_in_quotes(char c) {
    return c == '$' || c == '`' || c == '"' || c == '\\' || c == '\n';
  }

  void take(ScriptWord& word, char quote) {
    if (is_done()) return;
    word.push(here(), i_, quote);
    ++i_;
  }

  void expansion(ScriptWord& word, char quote) {
    const std::size_t begin = i_;
    if (here() == '`') {
      const auto close = std::min(text_.find('`', i_ + 1), text_.size());
      ++i_;
      inner(close);
      i_ = close + 1;
    } else if (at(i_ + 1) == '(' && at(i_ + 2) == '(') {
      ++i_;
      skip_parentheses();
    } else if (at(i_ + 1) == '(') {
      i_ += 2;
      list();
    } else if (at(i_ + 1) == '{') {
      skip_braces();
    } else if (at(i_ + 1) == '\'' && quote == no_quote) {
      i_ = std::min(text_.find('\'', i_ + 2), text_.size() - 1) + 1;
    } else if (is_name_char(at(i_ + 1))) {
      for (++i_; is_name_char(here()); ++i_) {
      }
    } else {
      constexpr std::string_view parameters = "@*#?-$!";
      ++i_;
      if (is_done() || parameters.find(here()) == std::string_view::npos) {
        word.push('$', begin, quote);  // A dollar by itself.
        return;
      }
      ++i_;
    }
    i_ = std::min(i_, text_.size());
    word.computed = true;
    for (std::size_t i = begin; i < i_; ++i) word.push(text_[i], i, quote);
  }

  /// Commands of a part of the text.
  void inner(std::size_t end) {
    const std::string_view all = std::exchange(text_, text_.substr(0, end));
    while (!is_done()) list();
    text_ = all;
  }

  void skip_parentheses() {
    int depth = 0;
    do {
      if (here() == '(') ++depth;
      if (here() == ')') --depth;
      ++i_;
    } while (!is_done() && depth > 0);
  }

  void skip_braces() {
    int depth = 0;
    ++i_;  // The dollar.
    do {
      if (here() == '{') ++depth;
      if (here() == '}') --depth;
      ++i_;
    } while (!is_done() && depth > 0);
  }

  void skip_spaces() {
    while (!is_done() && (is_space(here()) || skip_line_join())) {
      if (is_space(here())) ++i_;
    }
  }

  void redirection() {
    const bool here_document = here() == '<' && at(i_ + 1) == '<' && at(i_ + 2) != '<';
    const std::size_t begin = i_;
    constexpr std::string_view signs = "<>&|";
    while (!is_done() && signs.find(here()) != std::string_view::npos) ++i_;
    if (here() == '(' && i_ == begin + 1) return;  // <(command): its parenthesis ends a command.
    const bool strip_tabs = here_document && here() == '-';
    if (strip_tabs) ++i_;
    skip_spaces();
    const ScriptWord word = take_word();
    if (here_document) here_documents_.push_back({word.text, strip_tabs});
  }

  /// Lines up to the delimiters that were announced on the line before.
  void skip_here_documents() {
    for (const auto& [delimiter, strip_tabs] : std::exchange(here_documents_, {})) {
      bool found = false;
      while (!is_done() && !found) {
        const auto end = std::min(text_.find('\n', i_), text_.size());
        std::string_view line = text_.substr(i_, end - i_);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        while (strip_tabs && !line.empty() && line.front() == '\t') line.remove_prefix(1);
        found = line == delimiter;
        found_.here_documents.push_back(line_at(i_));
        i_ = std::min(end + 1, text_.size());
      }
    }
  }

  [[nodiscard]] std::size_t line_at(std::size_t byte) const {
    const auto next =
        std::upper_bound(script_.lines.begin(), script_.lines.end(), byte,
                         [](std::size_t b, const ScriptLine& line) { return b < line.begin; });
    return static_cast<std::size_t>(next - script_.lines.begin()) - 1;
  }

  struct HereDocument {
    std::string delimiter;
    bool strip_tabs;
  };

  const SbatchScript& script_;
  std::string_view text_;
  std::size_t i_ = 0;
  ShellText found_;
  std::vector<HereDocument> here_documents_;
};

}  // namespace

ShellText shell_commands(const SbatchScript& script) { return Scanner(script).scan(); }

}  // namespace mpisize
