#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "errors.hpp"

namespace mpisize::tools {
namespace {

UsageError wrong(std::string_view option, std::string_view text, std::string_view wanted) {
  return UsageError(fmt::format("{} '{}' is not {}", option, text, wanted));
}

/// The whole text as a number.
template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

/// A finite number and the unit behind it.
struct Measure {
  double value;
  std::string_view unit;
};
std::optional<Measure> measure(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  return Measure{value, unit};
}

struct Unit {
  std::string_view name;
  double size;
};

template <std::size_t n>
std::optional<double> in_units(std::string_view text, const std::array<Unit, n>& units) {
  const auto read = measure(text);
  if (!read) return std::nullopt;
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == read->unit; });
  if (unit == units.end()) return std::nullopt;
  return read->value * unit->size;
}

/// "90:00" and "1:30:00".
std::optional<double> clock_time(std::string_view text) {
  double total = 0;
  int parts = 0;
  for (std::size_t from = 0; from <= text.size(); ++parts) {
    const std::size_t to = std::min(text.find(':', from), text.size());
    const auto part = number<int>(text.substr(from, to - from));
    if (!part || *part < 0 || (parts > 0 && *part > 59)) return std::nullopt;
    total = total * 60 + *part;
    from = to + 1;
  }
  if (parts < 2 || parts > 3) return std::nullopt;
  return total;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

constexpr int most_ranks = std::numeric_limits<int>::max();

}  // namespace

int read_count(std::string_view option, std::string_view text) {
  return static_cast<int>(read_count(option, text, most_ranks));
}

std::int64_t read_count(std::string_view option, std::string_view text, std::int64_t most) {
  const auto value = number<std::int64_t>(text);
  if (!value || *value < 1 || *value > most) {
    const std::string wanted = most < most_ranks ? fmt::format("a whole number from 1 to {}", most)
                                                 : std::string("a whole number of at least 1");
    throw wrong(option, text, wanted);
  }
  return *value;
}

std::int64_t read_whole(std::string_view option, std::string_view text) {
  const auto value = number<std::int64_t>(text);
  if (!value || *value < 0) throw wrong(option, text, "a whole number of at least 0");
  return *value;
}

double read_ratio(std::string_view option, std::string_view text) {
  const auto value = number<double>(text);
  if (!value || !std::isfinite(*value) || *value <= 0) {
    throw wrong(option, text, "a number above 0, such as 1.2");
  }
  return *value;
}

Seconds read_time(std::string_view option, std::string_view text) {
  constexpr std::array<Unit, 9> units{{{"", 1},
                                       {"s", 1},
                                       {"us", 1e-6},
                                       {"ms", 1e-3},
                                       {"m", 60},
                                       {"min", 60},
                                       {"h", 3600},
                                       {"d", 86400},
                                       {"sec", 1}}};
  auto value = in_units(text, units);
  if (!value) value = clock_time(text);
  if (!value || *value <= 0) throw wrong(option, text, "a time above 0, such as 60s, 5min or 2h");
  return Seconds(*value);
}

Bytes read_size(std::string_view option, std::string_view text) {
  constexpr double k = 1024;
  constexpr std::array<Unit, 14> units{{{"", 1},
                                        {"B", 1},
                                        {"K", k},
                                        {"k", k},
                                        {"KB", k},
                                        {"KiB", k},
                                        {"M", k * k},
                                        {"MB", k * k},
                                        {"MiB", k * k},
                                        {"G", k * k * k},
                                        {"GB", k * k * k},
                                        {"GiB", k * k * k},
                                        {"T", k * k * k * k},
                                        {"TiB", k * k * k * k}}};
  const auto value = in_units(text, units);
  constexpr double largest = 9e18;
  if (!value || *value < 1 || *value > largest) {
    throw wrong(option, text, "a size of at least 1 byte, such as 512M or 4G");
  }
  return Bytes(static_cast<std::int64_t>(*value));
}

Schedule read_schedule(std::string_view option, std::string_view text) {
  if (const auto schedule = schedule_named(text)) return *schedule;
  throw wrong(option, text,
              fmt::format("a schedule: give {}, {}, {}, {} or {}", name_of(Schedule::static_block),
                          name_of(Schedule::dynamic), name_of(Schedule::guided),
                          name_of(Schedule::factoring), name_of(Schedule::fixed_size)));
}

bool read_yes_no(std::string_view option, std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  throw wrong(option, text, "yes or no");
}

std::vector<int> read_counts(std::string_view option, std::string_view text) {
  std::set<int> counts;
  for (const auto part : split(text)) counts.insert(read_count(option, part));
  return {counts.begin(), counts.end()};
}

RankRule RankRule::read(std::string_view option, std::string_view text) {
  RankRule rule;
  rule.text_ = text;
  for (const auto part : split(text)) {
    const auto sign = part.find_first_of("-^*", 1);
    const auto left = part.substr(0, sign);
    const auto right = sign == std::string_view::npos ? "" : part.substr(sign + 1);
    const auto first = number<int>(left);
    const auto last = number<int>(right);
    if (sign == std::string_view::npos && first && *first >= 1) {
      rule.terms_.push_back({Term::Kind::range, *first, *first});
    } else if (sign != std::string_view::npos && part[sign] == '-' && first && last &&
               *first >= 1 && *last >= *first && *last - *first < 1'000'000) {
      rule.terms_.push_back({Term::Kind::range, *first, *last});
    } else if (sign != std::string_view::npos && part[sign] == '^' && first && *first >= 2 &&
               right == "k") {
      rule.terms_.push_back({Term::Kind::powers, *first, 0});
    } else if (sign != std::string_view::npos && part[sign] == '*' && left == "n" && last &&
               *last >= 1) {
      rule.terms_.push_back({Term::Kind::multiples, *last, 0});
    } else {
      throw wrong(
          option, part,
          "a rank count of at least 1; give numbers (4,8,16), a range (2-8), powers (2^k) or "
          "multiples (n*6)");
    }
  }
  return rule;
}

bool RankRule::forces() const {
  return terms_.size() == 1 && terms_.front().kind == Term::Kind::range &&
         terms_.front().first == terms_.front().last;
}

std::vector<int> RankRule::counts(int most) const {
  std::set<int> counts;
  for (const Term& term : terms_) {
    if (term.kind == Term::Kind::range) {
      for (int n = term.first; n <= term.last; ++n) counts.insert(n);
    } else if (term.kind == Term::Kind::powers) {
      for (std::int64_t n = 1; n <= most; n *= term.first) counts.insert(static_cast<int>(n));
    } else {
      for (std::int64_t n = term.first; n <= most; n += term.first) {
        counts.insert(static_cast<int>(n));
      }
    }
  }
  return {counts.begin(), counts.end()};
}

}  // namespace mpisize::tools
