#include "mpisize/write/slurm_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace mpisize {
namespace {

constexpr std::int64_t kibi = 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return upper(x) == upper(y); });
}

/// Digits at the front of `text`, which they leave. Numbers that no job has are no numbers.
std::optional<std::int64_t> take_number(std::string_view& text) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || !is_digit(text.front()) || error != std::errc{} || number > most) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || upper(text.front()) != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_nodes(std::string_view& text) {
  auto number = take_number(text);
  if (!number) return std::nullopt;
  if (take(text, 'K')) *number *= kibi;
  if (take(text, 'M')) *number *= kibi * kibi;
  return number;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// "1:30:00" as numbers.
std::optional<std::vector<std::int64_t>> clock_fields(std::string_view text) {
  std::vector<std::int64_t> fields;
  for (std::string_view part : split_at(text, ':')) {
    const auto number = take_number(part);
    if (!number || !part.empty()) return std::nullopt;
    fields.push_back(*number);
  }
  return fields;
}

constexpr std::int64_t minute = 60;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

std::optional<std::int64_t> time_in_seconds(std::string_view text) {
  const auto dash = text.find('-');
  constexpr std::size_t most_fields = 3;
  if (dash != std::string_view::npos) {
    std::string_view days = text.substr(0, dash);
    const auto number = take_number(days);
    if (!number || !days.empty()) return std::nullopt;
    if (dash + 1 == text.size()) return *number * day;
    const auto fields = clock_fields(text.substr(dash + 1));
    if (!fields || fields->size() > most_fields) return std::nullopt;
    constexpr std::array<std::int64_t, 3> units{hour, minute, 1};
    std::int64_t sum = *number * day;
    for (std::size_t i = 0; i < fields->size(); ++i) sum += fields->at(i) * units.at(i);
    return sum;
  }
  const auto fields = clock_fields(text);
  if (!fields || fields->size() > most_fields) return std::nullopt;
  if (fields->size() == most_fields) {
    return fields->at(0) * hour + fields->at(1) * minute + fields->at(2);
  }
  return fields->at(0) * minute + (fields->size() == 2 ? fields->at(1) : 0);
}

/// Names in "[1-4,7]", without the brackets.
std::optional<std::int64_t> count_range(std::string_view text) {
  std::int64_t sum = 0;
  for (std::string_view part : split_at(text, ',')) {
    const auto first = take_number(part);
    if (!first) return std::nullopt;
    const auto last = take(part, '-') ? take_number(part) : first;
    if (!last || !part.empty() || *last < *first) return std::nullopt;
    sum += *last - *first + 1;
  }
  return sum;
}

}  // namespace

std::optional<std::int64_t> read_slurm_count(std::string_view text) {
  const auto number = take_number(text);
  if (!number || !text.empty() || *number < 1) return std::nullopt;
  return number;
}

std::optional<NodeCount> read_slurm_nodes(std::string_view text) {
  const auto least = take_nodes(text);
  if (!least) return std::nullopt;
  const auto most = take(text, '-') ? take_nodes(text) : least;
  if (!most || !text.empty() || (*most != 0 && *most < *least)) return std::nullopt;
  return NodeCount{*least, *most};
}

std::optional<Bytes> read_slurm_memory(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  std::int64_t mebibytes = *number;
  constexpr std::string_view units = "KMGT";
  if (!text.empty()) {
    const auto unit = units.find(upper(text.front()));
    text.remove_prefix(1);
    if (unit == std::string_view::npos || !(text.empty() || same_letters(text, "B"))) {
      return std::nullopt;
    }
    if (unit == 0) mebibytes = (mebibytes + kibi - 1) / kibi;
    for (std::size_t i = 1; i < unit; ++i) mebibytes *= kibi;
  }
  constexpr std::int64_t most = std::int64_t{1} << 42;  // Four exbibytes: safe to convert.
  if (mebibytes > most) return std::nullopt;
  return Bytes(mebibytes * kibi * kibi);
}

std::optional<Seconds> read_slurm_duration(std::string_view text) {
  const auto seconds = time_in_seconds(text);
  if (!seconds) return std::nullopt;
  return Seconds(static_cast<double>(*seconds));
}

std::optional<TimeLimit> read_slurm_time(std::string_view text) {
  for (const std::string_view word : {"UNLIMITED", "INFINITE", "-1"}) {
    if (same_letters(text, word)) return TimeLimit{};
  }
  const auto seconds = time_in_seconds(text);
  if (!seconds) return std::nullopt;
  const std::int64_t minutes = (*seconds + minute - 1) / minute;
  if (minutes == 0) return TimeLimit{};
  return TimeLimit{Seconds(static_cast<double>(minutes * minute))};
}

std::optional<Seconds> read_signal_lead(std::string_view text) {
  constexpr double usual = 60;
  const auto at = text.find('@');
  if (at == std::string_view::npos)
    return text.empty() ? std::nullopt : std::optional(Seconds(usual));
  std::string_view behind = text.substr(at + 1);
  const auto number = take_number(behind);
  constexpr std::int64_t most = 65535;
  if (!number || !behind.empty() || *number > most) return std::nullopt;
  return Seconds(static_cast<double>(*number));
}

std::optional<std::int64_t> count_hosts(std::string_view list) {
  if (list.empty() || list.find('/') != std::string_view::npos) return std::nullopt;
  std::int64_t sum = 0;
  std::int64_t host = 1;  // Of the name being read: its brackets multiply.
  while (true) {
    const auto special = list.find_first_of(",[");
    if (special == std::string_view::npos || list[special] == ',') {
      sum += host;
      host = 1;
      if (special == std::string_view::npos) return sum;
      list.remove_prefix(special + 1);
      continue;
    }
    const auto close = list.find(']', special);
    if (close == std::string_view::npos) return std::nullopt;
    const auto names = count_range(list.substr(special + 1, close - special - 1));
    if (!names) return std::nullopt;
    host *= *names;
    list.remove_prefix(close + 1);
  }
}

std::optional<std::int64_t> read_array_end(std::string_view text) {
  std::int64_t end = 0;
  const auto percent = text.find('%');
  for (std::string_view part : split_at(text.substr(0, percent), ',')) {
    const auto first = take_number(part);
    if (!first) return std::nullopt;
    const auto last = take(part, '-') ? take_number(part) : first;
    if (!last) return std::nullopt;
    if (take(part, ':') && !take_number(part)) return std::nullopt;
    if (!part.empty() || *last < *first) return std::nullopt;
    end = std::max(end, *last);
  }
  return end;
}

std::string write_slurm_time(Seconds time) {
  const auto minutes = static_cast<std::int64_t>(std::ceil(time.value() / minute));
  constexpr std::int64_t minutes_of_day = day / minute;
  const std::string clock =
      fmt::format("{:02}:{:02}:00", minutes % minutes_of_day / minute, minutes % minute);
  return minutes < minutes_of_day ? clock : fmt::format("{}-{}", minutes / minutes_of_day, clock);
}

std::string write_slurm_memory(Bytes size) {
  return fmt::format("{}M", (size.value() + kibi * kibi - 1) / (kibi * kibi));
}

bool means_the_same(std::string_view option, std::string_view a, std::string_view b) {
  const auto same = [&](auto read) {
    const auto x = read(a);
    return x && x == read(b);
  };
  if (a == b) return true;
  if (option == "nodes") return same(read_slurm_nodes);
  if (option == "time") return same(read_slurm_time);
  if (option.substr(0, 3) == "mem") return same(read_slurm_memory);
  constexpr std::array<std::string_view, 3> counts{"ntasks", "ntasks-per-node", "cpus-per-task"};
  return std::find(counts.begin(), counts.end(), option) != counts.end() && same(read_slurm_count);
}

}  // namespace mpisize
