#include "mpisize/write/line_edit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mpisize {
namespace {

/// A line of a diff with all lines as context.
struct Marked {
  char mark;  ///< ' ', '-' or '+'
  std::string_view line;
};

std::string_view whole_line(const SbatchScript& script, std::size_t number) {
  const ScriptLine& line = script.lines[number];
  return std::string_view(script.text)
      .substr(line.begin, line.end - line.begin + line.ending.size());
}

/// Lines taken out stand before those put in, as far as no line that stays is between them.
std::vector<Marked> mark(const SbatchScript& script, std::span<const LineEdit> edits) {
  std::vector<Marked> all;
  std::vector<Marked> put_in;
  const auto flush = [&] {
    all.insert(all.end(), put_in.begin(), put_in.end());
    put_in.clear();
  };
  for (std::size_t i = 0; i < script.lines.size(); ++i) {
    const bool is_edited = !edits.empty() && edits.front().line == i;
    if (!is_edited || edits.front().stays) {
      flush();
      all.push_back({' ', whole_line(script, i)});
    } else {
      all.push_back({'-', whole_line(script, i)});
      if (edits.front().now) put_in.push_back({'+', *edits.front().now});
    }
    if (!is_edited) continue;
    for (const std::string& line : edits.front().after) put_in.push_back({'+', line});
    edits = edits.subspan(1);
  }
  flush();
  return all;
}

/// "12,3" of a hunk's header; a hunk of no lines stands behind the line before it.
std::string range(std::size_t lines_before, std::size_t count) {
  if (count == 1) return fmt::format("{}", lines_before + 1);
  return fmt::format("{},{}", count == 0 ? lines_before : lines_before + 1, count);
}

std::string file_line(std::string_view mark, std::string_view name) {
  // A tab ends a name that has blanks.
  return fmt::format("{} {}{}\n", mark, name, name.find(' ') == std::string_view::npos ? "" : "\t");
}

/// Lines of each side among some.
struct Sides {
  std::size_t old_lines = 0;
  std::size_t new_lines = 0;

  void count(char mark) {
    if (mark != '+') ++old_lines;
    if (mark != '-') ++new_lines;
  }
};

std::string hunk(std::span<const Marked> lines, Sides before) {
  Sides inside;
  std::string text;
  for (const Marked& line : lines) {
    inside.count(line.mark);
    text += line.mark;
    text += line.line;
    if (line.line.empty() || line.line.back() != '\n') text += "\n\\ No newline at end of file\n";
  }
  return fmt::format("@@ -{} +{} @@\n{}", range(before.old_lines, inside.old_lines),
                     range(before.new_lines, inside.new_lines), text);
}

}  // namespace

std::string edited(const SbatchScript& script, std::span<const LineEdit> edits) {
  std::string text;
  for (std::size_t i = 0; i < script.lines.size(); ++i) {
    const bool is_edited = !edits.empty() && edits.front().line == i;
    if (!is_edited || edits.front().stays) {
      text += whole_line(script, i);
    } else {
      text += edits.front().now.value_or("");
    }
    if (!is_edited) continue;
    for (const std::string& line : edits.front().after) text += line;
    edits = edits.subspan(1);
  }
  return text;
}

std::string unified_diff(const SbatchScript& script, std::span<const LineEdit> edits,
                         std::string_view old_name, std::string_view new_name) {
  constexpr std::size_t context = 3;
  const std::vector<Marked> all = mark(script, edits);
  std::string text;
  Sides before;
  std::size_t counted = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].mark == ' ') continue;
    const std::size_t first = std::max(counted, i - std::min(i, context));
    std::size_t last = i;  // The last change that belongs to this hunk.
    for (std::size_t k = i + 1; k < all.size() && k <= last + 2 * context + 1; ++k) {
      if (all[k].mark != ' ') last = k;
    }
    const std::size_t end = std::min(all.size(), last + context + 1);
    for (; counted < first; ++counted) before.count(all[counted].mark);
    if (text.empty()) text = file_line("---", old_name) + file_line("+++", new_name);
    text += hunk(std::span(all).subspan(first, end - first), before);
    for (; counted < end; ++counted) before.count(all[counted].mark);
    i = end - 1;
  }
  return text;
}

}  // namespace mpisize
