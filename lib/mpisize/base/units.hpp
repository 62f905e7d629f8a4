/// Quantities with their unit in the type. A bare double is a ratio.
#pragma once

#include <compare>
#include <cstdint>

namespace mpisize {

/// A duration or a point on a monotonic clock, in seconds.
class Seconds {
 public:
  explicit constexpr Seconds(double value = 0) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr Seconds& operator+=(Seconds other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Seconds& operator-=(Seconds other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Seconds operator+(Seconds a, Seconds b) { return Seconds(a.value_ + b.value_); }
  friend constexpr Seconds operator-(Seconds a, Seconds b) { return Seconds(a.value_ - b.value_); }
  friend constexpr Seconds operator*(Seconds a, double k) { return Seconds(a.value_ * k); }
  friend constexpr Seconds operator*(double k, Seconds a) { return a * k; }
  friend constexpr Seconds operator/(Seconds a, double k) { return Seconds(a.value_ / k); }
  friend constexpr double operator/(Seconds a, Seconds b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Seconds, Seconds) = default;

 private:
  double value_;
};

/// An amount of memory or of data, in bytes.
class Bytes {
 public:
  explicit constexpr Bytes(std::int64_t value = 0) : value_(value) {}
  [[nodiscard]] constexpr std::int64_t value() const { return value_; }

  constexpr Bytes& operator+=(Bytes other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.value_ + b.value_); }
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.value_ - b.value_); }
  friend constexpr Bytes operator*(Bytes a, std::int64_t k) { return Bytes(a.value_ * k); }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;

 private:
  std::int64_t value_;
};

/// Inverse of a bandwidth, in seconds per byte.
class SecondsPerByte {
 public:
  explicit constexpr SecondsPerByte(double value = 0) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }
  friend constexpr Seconds operator*(SecondsPerByte g, Bytes m) {
    return Seconds(g.value_ * static_cast<double>(m.value()));
  }
  friend constexpr auto operator<=>(SecondsPerByte, SecondsPerByte) = default;

 private:
  double value_;
};

/// An energy, in joules.
class Joules {
 public:
  explicit constexpr Joules(double value = 0) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr Joules& operator+=(Joules other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Joules operator+(Joules a, Joules b) { return Joules(a.value_ + b.value_); }
  friend constexpr Joules operator-(Joules a, Joules b) { return Joules(a.value_ - b.value_); }
  friend constexpr Joules operator*(Joules a, double k) { return Joules(a.value_ * k); }
  friend constexpr auto operator<=>(Joules, Joules) = default;

 private:
  double value_;
};

/// A power, in watts.
class Watts {
 public:
  explicit constexpr Watts(double value = 0) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }
  friend constexpr Watts operator+(Watts a, Watts b) { return Watts(a.value_ + b.value_); }
  friend constexpr Watts operator*(Watts a, double k) { return Watts(a.value_ * k); }
  friend constexpr Joules operator*(Watts p, Seconds t) { return Joules(p.value_ * t.value()); }
  friend constexpr auto operator<=>(Watts, Watts) = default;

 private:
  double value_;
};

[[nodiscard]] constexpr Watts operator/(Joules energy, Seconds time) {
  return Watts(energy.value() / time.value());
}

}  // namespace mpisize
