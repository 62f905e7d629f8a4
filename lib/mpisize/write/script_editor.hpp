/// Gathers changes of a script and makes line edits of them. Private.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mpisize/write/line_edit.hpp"
#include "mpisize/write/sbatch_script.hpp"

namespace mpisize {

class ScriptEditor {
 public:
  explicit ScriptEditor(const SbatchScript& script) : script_(script) {}

  /// Bytes within a line. Edits must not overlap.
  void replace(std::size_t line, ByteEdit edit);

  /// A new line, without its ending, which is that of its neighbour.
  void add_after(std::size_t line, std::string text);

  /// An option and its value out of the directives of a component; a line that has no words left
  /// goes whole, with its comment.
  void remove(const Component& component, const WordOption& option);

  [[nodiscard]] std::vector<LineEdit> edits() const;

 private:
  void remove_word(const Component& component, std::size_t number);
  [[nodiscard]] bool is_removed(const Component& component, std::size_t line) const;
  [[nodiscard]] std::string ending() const;
  [[nodiscard]] std::string replaced(std::size_t number) const;

  const SbatchScript& script_;
  std::map<std::size_t, std::vector<ByteEdit>> replaced_;
  std::map<std::size_t, std::vector<std::string>> added_;
  std::set<std::pair<const Component*, std::size_t>> removed_words_;
  std::set<std::size_t> removed_lines_;
};

}  // namespace mpisize
