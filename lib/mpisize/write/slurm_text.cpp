#include "mpisize/write/slurm_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "mpisize/base/error.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize::slurm_text {
namespace {

/// What it was that cannot be read, short and in one line.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string word(text.substr(0, longest));
  std::replace_if(
      word.begin(), word.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return "'" + word + (text.size() > longest ? "...'" : "'");
}

/// The number behind the last colon, in units of 1,024 with K, M or G.
std::optional<std::int64_t> gres_count(std::string_view text) {
  constexpr std::array<std::pair<char, std::int64_t>, 3> units{
      {{'K', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}}};
  std::int64_t unit = 1;
  for (const auto& [letter, size] : units) {
    if (text.empty() || text.back() != letter) continue;
    unit = size;
    text.remove_suffix(1);
    break;
  }
  const auto value = digits(text);
  if (!value || *value > std::numeric_limits<std::int64_t>::max() / unit) return std::nullopt;
  return *value * unit;
}

/// Without what stands in parentheses: "(S:0-1)".
std::string outside_parentheses(std::string_view text) {
  std::string rest;
  int depth = 0;
  for (const char c : text) {
    if (c == '(') ++depth;
    if (depth == 0) rest += c;
    if (c == ')' && depth > 0) --depth;
  }
  return rest;
}

}  // namespace

void Place::fail(const std::string& what) const {
  throw InputError(
      fmt::format("line {} of what {} says {}; mpisize reads Slurm 20 to 24, run the "
                  "command by hand to see",
                  line, command, what));
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> all = split(text, '\n');
  if (!all.empty() && all.back().empty()) all.pop_back();
  for (std::string_view& line : all) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  }
  return all;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_nothing(std::string_view text) {
  constexpr std::array<std::string_view, 8> nothing{"",    "UNLIMITED", "INFINITE", "NONE",
                                                    "N/A", "n/a",       "(null)",   "none"};
  return std::find(nothing.begin(), nothing.end(), text) != nothing.end();
}

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string_view field(std::string_view line, std::string_view name) {
  const std::string key = std::string(name) + "=";
  std::size_t at = line.rfind(key, 0) == 0 ? 0 : line.find(" " + key);
  if (at == std::string_view::npos) return {};
  if (line[at] == ' ') ++at;
  line.remove_prefix(at + key.size());
  return line.substr(0, line.find_first_of(" \n"));
}

std::int64_t number(std::string_view text, std::int64_t most, const Place& place) {
  std::string_view rest = text;
  if (!rest.empty() && rest.back() == '+') rest.remove_suffix(1);
  const auto value = digits(rest);
  if (!value || *value > most) {
    place.fail(fmt::format("has {}, which is no number up to {}", shown(text), most));
  }
  return *value;
}

int count(std::string_view text, const Place& place) {
  constexpr std::int64_t most = 1 << 24;  // More nodes, cores or CPUs of a node than there are.
  return static_cast<int>(number(text, most, place));
}

Bytes memory(std::string_view text, const Place& place) {
  constexpr std::int64_t mebibyte = 1 << 20;
  constexpr std::int64_t most = std::int64_t{1} << 40;
  return Bytes(number(text, most, place) * mebibyte);
}

Seconds duration(std::string_view text, const Place& place) {
  const auto time = read_slurm_duration(text);
  if (!time) place.fail(fmt::format("has {}, which is no time", shown(text)));
  return *time;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> all;
  if (is_nothing(text) || text == "ALL") return all;
  for (const std::string_view word : split(text, ',')) {
    if (!word.empty()) all.emplace_back(word);
  }
  return all;
}

std::vector<Gres> gres(std::string_view text, const Place& place) {
  std::vector<Gres> all;
  if (is_nothing(text)) return all;
  const std::string plain = outside_parentheses(text);
  for (const std::string_view one : split(plain, ',')) {
    if (one.empty()) continue;
    const auto colon = one.rfind(':');
    const auto value = colon == std::string_view::npos ? std::optional<std::int64_t>(1)
                                                       : gres_count(one.substr(colon + 1));
    if (!value) place.fail(fmt::format("has {}, which is no generic resource", shown(one)));
    all.push_back({std::string(one.substr(0, colon)), *value});
  }
  return all;
}

}  // namespace mpisize::slurm_text
