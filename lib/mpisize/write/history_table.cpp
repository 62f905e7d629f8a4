#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpisize/base/human.hpp"
#include "mpisize/write/history_text.hpp"
#include "mpisize/write/history_words.hpp"

namespace mpisize {
namespace {

constexpr std::size_t columns = 9;
using Row = std::array<std::string, columns>;

constexpr std::array<bool, columns> is_number{false, false, false, false, true,
                                              true,  true,  true,  false};

/// Characters of UTF-8, each taken for one column wide.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// Cut to `most` columns, the last three of them dots.
std::string shortened(std::string text, std::size_t most) {
  if (width(text) <= most) return text;
  constexpr std::string_view dots = "...";
  while (width(text) > most - dots.size()) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.pop_back();
    }
    text.pop_back();
  }
  return text + std::string(dots);
}

/// "2024-05-01 12:34:56"
std::string short_time(const std::string& time) {
  constexpr std::size_t seconds = 19;
  std::string text = time.substr(0, seconds);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string measured_words(const HistoryEntry& entry) {
  if (!entry.seen) return "-";
  if (!entry.seen->steady) return human(entry.seen->wall);
  const auto each = comparable_time(entry);
  return each ? human(*each) + " each" : "-";
}

Row row_of(const HistoryEntry& entry) {
  constexpr std::size_t most_program = 32;
  const auto error = residual(entry);
  return {entry.id,
          short_time(entry.time),
          std::string(name_of(entry.kind)),
          shortened(command_words(entry.program), most_program),
          fmt::format("{} x {}", entry.ranks, entry.threads_per_rank),
          entry.predicted ? human(entry.predicted->value) : "-",
          measured_words(entry),
          error ? percent(*error) : "-",
          ending_words(entry)};
}

}  // namespace

std::string describe_history(std::span<const HistoryEntry> entries) {
  if (entries.empty()) return "no runs in the history\n";
  std::vector<Row> rows{{"id", "when (UTC)", "kind", "program", "ranks x threads", "predicted",
                         "measured", "error", "ended"}};
  for (const HistoryEntry& entry : entries) rows.push_back(row_of(entry));
  std::array<std::size_t, columns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < columns; ++i)
      widths.at(i) = std::max(widths.at(i), width(row.at(i)));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i) {
      const std::string blanks(widths.at(i) - width(row.at(i)), ' ');
      line += is_number.at(i) ? blanks + row.at(i) : row.at(i) + blanks;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace mpisize
