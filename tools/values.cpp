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

/// A part of a list that is empty quotes badly: the list is quoted.
void refuse_gap(std::string_view option, std::string_view text, std::string_view part,
                std::string_view repair) {
  if (!part.empty() || text.empty()) return;
  throw UsageError(
      fmt::format("{} '{}' has an empty rank count beside a comma; {}", option, text, repair));
}

}  // namespace

int read_count(std::string_view option, std::string_view text) {
  return static_cast<int>(read_between(option, text, 1, most_ranks));
}

std::int64_t read_large_count(std::string_view option, std::string_view text) {
  constexpr std::int64_t most = std::int64_t{1} << 53;
  return read_between(option, text, 1, most);
}

std::int64_t read_whole(std::string_view option, std::string_view text) {
  return read_between(option, text, 0, std::numeric_limits<std::int64_t>::max());
}

std::int64_t read_between(std::string_view option, std::string_view text, std::int64_t least,
                          std::int64_t most) {
  const auto value = number<std::int64_t>(text);
  if (!value || *value < least || *value > most) {
    throw wrong(option, text, fmt::format("a whole number from {} to {}", least, most));
  }
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
  for (const auto part : split(text)) {
    refuse_gap(option, text, part, "give numbers, such as 1,2,4");
    counts.insert(read_count(option, part));
  }
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
               *first >= 1 && *last >= *first) {
      rule.terms_.push_back({Term::Kind::range, *first, *last});
    } else if (sign != std::string_view::npos && part[sign] == '^' && first && *first >= 2 &&
               right == "k") {
      rule.terms_.push_back({Term::Kind::powers, *first, 0});
    } else if (sign != std::string_view::npos && part[sign] == '*' && left == "n" && last &&
               *last >= 1) {
      rule.terms_.push_back({Term::Kind::multiples, *last, 0});
    } else {
      constexpr std::string_view repair =
          "give numbers (4,8,16), a range (2-8), powers (2^k) or multiples (n*6)";
      refuse_gap(option, text, part, repair);
      throw wrong(option, part, fmt::format("a rank count from 1 to {}; {}", most_ranks, repair));
    }
  }
  return rule;
}

bool RankRule::forces() const {
  return terms_.size() == 1 && terms_.front().kind == Term::Kind::range &&
         terms_.front().first == terms_.front().last;
}

std::optional<int> RankRule::Term::next(std::int64_t from, std::int64_t most) const {
  std::int64_t n = first;
  if (kind == Kind::range) {
    n = std::max(n, from);
    most = last;
  } else if (kind == Kind::powers) {
    for (n = 1; n < from && n <= most;) n *= first;
  } else {
    n *= std::max<std::int64_t>(1, (from + first - 1) / first);
  }
  return n <= most ? std::optional(static_cast<int>(n)) : std::nullopt;
}

std::optional<int> RankRule::Term::previous(std::int64_t most) const {
  std::int64_t n = 0;
  if (kind == Kind::range) {
    n = std::min<std::int64_t>(last, most);
    if (n < first) n = 0;
  } else if (kind == Kind::powers) {
    for (std::int64_t power = 1; power <= most; power *= first) n = power;
  } else {
    n = most / first * first;
  }
  return n >= 1 ? std::optional(static_cast<int>(n)) : std::nullopt;
}

std::optional<int> RankRule::next(std::int64_t from, int most) const {
  std::optional<int> nearest;
  for (const Term& term : terms_) {
    const auto n = term.next(from, most);
    if (n && (!nearest || *n < *nearest)) nearest = n;
  }
  return nearest;
}

std::optional<int> RankRule::previous(int most) const {
  std::optional<int> nearest;
  for (const Term& term : terms_) nearest = std::max(nearest, term.previous(most));
  return nearest;
}

std::vector<int> RankRule::counts(int most) const {
  constexpr std::size_t many = 1000;
  constexpr int part = 32;
  std::vector<int> counts;
  const auto in_steps = [&](auto step) {
    counts.clear();
    for (auto n = next(1, most); n && counts.size() <= many; n = next(*n + step(*n), most)) {
      counts.push_back(*n);
    }
  };
  in_steps([](std::int64_t) { return std::int64_t{1}; });
  if (counts.size() <= many) return counts;
  in_steps([](std::int64_t n) { return std::max<std::int64_t>(1, n / part); });
  int last = 0;
  for (const Term& term : terms_) {
    const int end = term.kind == Term::Kind::range ? term.last : most;
    last = std::max(last, term.previous(end).value_or(0));
  }
  if (last > counts.back()) counts.push_back(last);
  return counts;
}

}  // namespace mpisize::tools
