#include "mpisize/base/human.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string_view>

namespace mpisize {
namespace {

struct Unit {
  double size;  ///< In the base unit.
  std::string_view name;
  double from;  ///< Smallest value, in this unit, that is shown in it.
};

/// Three significant digits, no exponent.
std::string three_digits(double value) {
  const double magnitude = std::abs(value);
  const int decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

/// `units` descend. A value that would round to the next unit's first is shown in that one.
std::string in_units(double value, std::span<const Unit> units) {
  constexpr double rounding = 1 - 0.0005;
  for (const Unit& unit : units) {
    const double scaled = value / unit.size;
    if (std::abs(scaled) >= unit.from * rounding) {
      return three_digits(scaled) + " " + std::string(unit.name);
    }
  }
  return fmt::format("{:.3g} {}", value / units.back().size, units.back().name);
}

template <class T>
std::string with_interval(T value, T low, T high) {
  return fmt::format("{} (90 %: {} to {})", human(value), human(low), human(high));
}

/// A value without an interval has none to show.
template <class T>
std::string with_source(const Estimate<T>& estimate) {
  if (estimate.low == estimate.high && estimate.source != Source::measured) {
    return fmt::format("{}, {}", human(estimate.value), name_of(estimate.source));
  }
  return fmt::format("{}, {}", with_interval(estimate.value, estimate.low, estimate.high),
                     name_of(estimate.source));
}

}  // namespace

std::string_view name_of(Source source) {
  switch (source) {
    case Source::measured:
      return "measured";
    case Source::assumed:
      return "assumed";
    case Source::given:
      return "given";
    case Source::derived:
      return "derived";
  }
  throw std::invalid_argument("unknown source");
}

std::string human(Seconds time) {
  // Minutes from two of them on, hours and days likewise: 90 s and 36 h are easier to grasp.
  constexpr std::array units{Unit{86400, "d", 2}, Unit{3600, "h", 2},  Unit{60, "min", 2},
                             Unit{1, "s", 1},     Unit{1e-3, "ms", 1}, Unit{1e-6, "us", 1},
                             Unit{1e-9, "ns", 1}};
  if (time.value() == 0) return "0 s";
  return in_units(time.value(), units);
}

std::string human(Joules energy) {
  constexpr std::array units{Unit{1e9, "GJ", 1}, Unit{1e6, "MJ", 1}, Unit{1e3, "kJ", 1},
                             Unit{1, "J", 1}, Unit{1e-3, "mJ", 1}};
  if (energy.value() == 0) return "0 J";
  return in_units(energy.value(), units);
}

std::string human(Bytes size) {
  constexpr std::array units{Unit{1e15, "PB", 1}, Unit{1e12, "TB", 1}, Unit{1e9, "GB", 1},
                             Unit{1e6, "MB", 1}, Unit{1e3, "kB", 1}};
  if (std::abs(static_cast<double>(size.value())) < 1000) {
    return fmt::format("{} B", size.value());
  }
  return in_units(static_cast<double>(size.value()), units);
}

std::string human(SecondsPerByte inverse) {
  constexpr std::array units{Unit{1e15, "PB/s", 1}, Unit{1e12, "TB/s", 1}, Unit{1e9, "GB/s", 1},
                             Unit{1e6, "MB/s", 1},  Unit{1e3, "kB/s", 1},  Unit{1, "B/s", 1}};
  if (inverse.value() == 0) return "unlimited";
  return in_units(1 / inverse.value(), units);
}

std::string human(const Interval& interval) {
  return with_interval(interval.value, interval.low, interval.high);
}

std::string human(const Estimate<Seconds>& estimate) { return with_source(estimate); }

std::string human(const Estimate<SecondsPerByte>& estimate) {
  // More seconds per byte are fewer bytes per second.
  return with_source(
      Estimate<SecondsPerByte>{estimate.value, estimate.high, estimate.low, estimate.source});
}

std::string human_number(double number) {
  constexpr double groups_from = 1000;
  if (number < groups_from) return fmt::format("{:.3g}", number);
  return human_count(std::llround(number));
}

std::string human_count(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t first = count < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, 1, ' ');
  }
  return digits;
}

}  // namespace mpisize
