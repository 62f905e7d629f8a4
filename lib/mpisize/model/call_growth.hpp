/// How what a program calls grows with the number of ranks.
#pragma once

#include <span>
#include <string_view>

namespace mpisize {

/// Ways in which calls per rank and bytes per call grow with P, the simplest first: those of block
/// decompositions in one, two and three dimensions, of trees, and of roots.
enum class Shape {
  constant,
  chain,               ///< 1 - 1/P: neighbours in a row with ends, on the average.
  inverse,             ///< 1/P
  linear,              ///< P
  inverse_sqrt,        ///< P^-1/2: edge of a square
  inverse_two_thirds,  ///< P^-2/3: face of a cube
  inverse_square,      ///< P^-2: share of a pair
  log,                 ///< log2 P
  others,              ///< P - 1
  plane,               ///< 1 - P^-1/2: neighbours in a plane with ends
  space,               ///< 1 - P^-1/3
  inverse_third,       ///< P^-1/3
  third,               ///< P^1/3
  sqrt                 ///< P^1/2
};
[[nodiscard]] std::string_view name_of(Shape shape);
[[nodiscard]] double value_of(Shape shape, double ranks);

/// coefficient x shape.
struct Grown {
  double coefficient = 0;
  Shape shape = Shape::constant;
  /// More than one number of ranks was seen, and the shape goes through all of them within 2 %.
  bool certain = true;
  [[nodiscard]] double at(double ranks) const { return coefficient * value_of(shape, ranks); }
};

struct Seen {
  double ranks = 2;
  double value = 0;
};
/// The first shape that goes through all values within 2 %, else the one that comes nearest. Counts
/// carry no noise, so parsimony and fit decide alone.
[[nodiscard]] Grown grown(std::span<const Seen> seen);

}  // namespace mpisize
