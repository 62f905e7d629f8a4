#include "mpisize/write/history_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/write/shell_quote.hpp"

namespace mpisize {

std::string printable(std::string_view text) {
  // Below blank and DEL are one byte, those from U+0080 to U+009F are two: C2 80 to C2 9F.
  constexpr unsigned char del = 0x7f;
  constexpr unsigned char lead = 0xc2;
  constexpr unsigned char last = 0x9f;
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : c;
    const bool two_bytes = c == lead && next > del && next <= last;
    if (two_bytes) ++i;
    result += two_bytes || c < ' ' || c == del ? '?' : static_cast<char>(c);
  }
  return result;
}

std::string command_words(const Program& program) {
  std::string words = printable(program_name(program));
  for (const std::string& argument : program.arguments) {
    words += " " + shell_quote(printable(argument));
  }
  return words;
}

std::string ending_words(const HistoryEntry& entry) {
  if (entry.slurm && entry.slurm->cause) return spaced(name_of(*entry.slurm->cause));
  if (entry.seen && entry.seen->steady) return "cut off";
  if (entry.ending.signal) return fmt::format("signal {}", *entry.ending.signal);
  if (!entry.ending.status) return "not known";
  return *entry.ending.status == 0 ? "well" : fmt::format("status {}", *entry.ending.status);
}

std::string spaced(std::string_view word) {
  std::string result(word);
  std::replace(result.begin(), result.end(), '_', ' ');
  return result;
}

std::string percent(double ratio) { return fmt::format("{:+.1f} %", 100 * ratio); }

}  // namespace mpisize
