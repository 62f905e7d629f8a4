/// A number, how sure we are of it, and where it comes from.
#pragma once

#include <string_view>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// Where a number comes from. `assumed` stands in for a measurement and is marked in every output;
/// `given` was written by hand; `derived` was worked out from other numbers of the same machine.
enum class Source { measured, assumed, given, derived };
[[nodiscard]] std::string_view name_of(Source source);

/// A value with its 90 % interval.
struct Interval {
  Seconds value{};
  Seconds low{};
  Seconds high{};
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// A quantity of type T (Seconds, SecondsPerByte, double ...) with its 90 % interval and source.
template <class T>
struct Estimate {
  T value{};
  T low{};
  T high{};
  Source source = Source::assumed;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// A stand-in for a measurement, known to lie between low and high.
template <class T>
[[nodiscard]] constexpr Estimate<T> assumed(T value, T low, T high) {
  return {value, low, high, Source::assumed};
}

/// A value that somebody gave without an interval: taken as exact.
template <class T>
[[nodiscard]] constexpr Estimate<T> given(T value) {
  return {value, value, value, Source::given};
}

/// A measured value with its 90 % interval.
template <class T>
[[nodiscard]] constexpr Estimate<T> measured(T value, T low, T high) {
  return {value, low, high, Source::measured};
}

}  // namespace mpisize
