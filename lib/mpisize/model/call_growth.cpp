#include "mpisize/model/call_growth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace mpisize {
namespace {

constexpr std::array<Shape, 14> shapes{
    Shape::constant,       Shape::chain,        Shape::inverse,
    Shape::linear,         Shape::inverse_sqrt, Shape::inverse_two_thirds,
    Shape::inverse_square, Shape::log,          Shape::others,
    Shape::plane,          Shape::space,        Shape::inverse_third,
    Shape::third,          Shape::sqrt};

}  // namespace

std::string_view name_of(Shape shape) {
  constexpr std::array<std::string_view, shapes.size()> names{
      "constant", "1 - 1/P", "1/P",        "P",          "P^-1/2", "P^-2/3", "P^-2",
      "log2 P",   "P - 1",   "1 - P^-1/2", "1 - P^-1/3", "P^-1/3", "P^1/3",  "P^1/2"};
  return names.at(static_cast<std::size_t>(shape));
}

double value_of(Shape shape, double ranks) {
  const double p = ranks;
  switch (shape) {
    case Shape::constant:
      return 1;
    case Shape::chain:
      return 1 - 1 / p;
    case Shape::inverse:
      return 1 / p;
    case Shape::linear:
      return p;
    case Shape::inverse_sqrt:
      return 1 / std::sqrt(p);
    case Shape::inverse_two_thirds:
      return 1 / std::cbrt(p * p);
    case Shape::inverse_square:
      return 1 / (p * p);
    case Shape::log:
      return std::log2(p);
    case Shape::others:
      return p - 1;
    case Shape::plane:
      return 1 - 1 / std::sqrt(p);
    case Shape::space:
      return 1 - 1 / std::cbrt(p);
    case Shape::inverse_third:
      return 1 / std::cbrt(p);
    case Shape::third:
      return std::cbrt(p);
    case Shape::sqrt:
      return std::sqrt(p);
  }
  return 1;
}

Grown grown(std::span<const Seen> seen) {
  constexpr double exact = 0.02;
  std::set<double> counts;
  double sum = 0;
  for (const Seen& s : seen) {
    counts.insert(s.ranks);
    sum += s.value;
  }
  if (seen.empty() || sum <= 0) return {};
  Grown best;
  double least = HUGE_VAL;
  for (const Shape shape : shapes) {
    double logs = 0;
    double positive = 0;
    for (const Seen& s : seen) {
      if (s.value <= 0 || value_of(shape, s.ranks) <= 0) continue;
      logs += std::log(s.value / value_of(shape, s.ranks));
      positive += 1;
    }
    if (positive == 0) continue;
    const double coefficient = std::exp(logs / positive);
    double furthest = 0;
    for (const Seen& s : seen) {
      const double model = coefficient * value_of(shape, s.ranks);
      const double larger = std::max(model, s.value);
      furthest = std::max(furthest, std::abs(model - s.value) / larger);
    }
    if (furthest < least && (least > exact)) {
      least = furthest;
      best = {coefficient, shape, counts.size() > 1 && furthest <= exact};
    }
  }
  return best;
}

}  // namespace mpisize
