#include "mpisize/write/script_editor.hpp"

#include <algorithm>
#include <utility>

#include "mpisize/write/directive_words.hpp"

namespace mpisize {

void ScriptEditor::replace(std::size_t line, ByteEdit edit) {
  const std::string_view old =
      std::string_view(script_.text).substr(edit.begin, edit.end - edit.begin);
  if (old != edit.text) replaced_[line].push_back(std::move(edit));
}

void ScriptEditor::add_after(std::size_t line, std::string text) {
  added_[line].push_back(std::move(text));
}

void ScriptEditor::remove_word(const Component& component, std::size_t number) {
  const ScriptWord& word = component.words[number];
  std::size_t begin = word.begin;
  while (begin > script_.lines[word.line].begin && is_blank(script_.text[begin - 1])) --begin;
  replace(word.line, {begin, word.end, ""});
  removed_words_.emplace(&component, number);
  if (is_removed(component, word.line)) removed_lines_.insert(word.line);
}

void ScriptEditor::remove(const Component& component, const WordOption& option) {
  const ScriptWord& word = component.words[option.word];
  const std::size_t dash = 1;
  if (option.count == word.text.size() ||
      (option.first == dash && option.count + dash == word.text.size())) {
    remove_word(component, option.word);
  } else {  // -HN4: the other letters stay.
    replace(word.line, replace_in_word(script_.text, word, option.first, option.count, ""));
  }
  if (option.value && option.value->word != option.word) {
    remove_word(component, option.value->word);
  }
}

bool ScriptEditor::is_removed(const Component& component, std::size_t line) const {
  for (std::size_t i = 0; i < component.words.size(); ++i) {
    if (component.words[i].line == line && !removed_words_.contains({&component, i})) return false;
  }
  return true;
}

std::string ScriptEditor::ending() const {
  const std::string& first = script_.lines.front().ending;
  return first.empty() ? "\n" : first;
}

std::string ScriptEditor::replaced(std::size_t number) const {
  std::string text(script_.line(number));
  auto edits = replaced_.at(number);
  std::sort(edits.begin(), edits.end(),
            [](const ByteEdit& a, const ByteEdit& b) { return a.begin > b.begin; });
  for (const ByteEdit& edit : edits) {
    text.replace(edit.begin - script_.lines[number].begin, edit.end - edit.begin, edit.text);
  }
  return text;
}

std::vector<LineEdit> ScriptEditor::edits() const {
  std::set<std::size_t> touched = removed_lines_;
  for (const auto& [line, edits] : replaced_) touched.insert(line);
  for (const auto& [line, lines] : added_) touched.insert(line);
  std::vector<LineEdit> result;
  for (const std::size_t number : touched) {
    const ScriptLine& line = script_.lines[number];
    LineEdit edit;
    edit.line = number;
    if (!removed_lines_.contains(number)) {
      edit.stays = !replaced_.contains(number);
      if (!edit.stays) edit.now = replaced(number) + line.ending;
    }
    const auto added = added_.find(number);
    if (added != added_.end()) {
      const std::string between = line.ending.empty() ? ending() : line.ending;
      if (line.ending.empty() && !removed_lines_.contains(number)) {
        edit.now = (edit.stays ? std::string(script_.line(number)) : *edit.now) + between;
        edit.stays = false;
      }
      for (const std::string& text : added->second) edit.after.push_back(text + between);
      // A script without a newline at its end has none afterwards.
      if (line.ending.empty()) {
        std::string& last = edit.after.back();
        last.resize(last.size() - between.size());
      }
    }
    result.push_back(std::move(edit));
  }
  return result;
}

}  // namespace mpisize
