/// The items still to be done: a range with holes, in the order of work.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/model/kernel_profile.hpp"

namespace mpisize {

/// `count` consecutive positions (or items) from `first`.
struct Run {
  std::int64_t first = 0;
  std::int64_t count = 0;
  friend bool operator==(const Run&, const Run&) = default;
};

/// Hands out positions from the front, in order; single positions may be taken out beforehand.
class WorkList {
 public:
  explicit WorkList(std::int64_t items = 0);

  /// All positions but those of `taken`; runs in any order, not overlapping.
  WorkList(std::int64_t items, std::vector<Run> taken);

  /// The next `count` positions, fewer at the end, as runs appended to `to`.
  void take(std::int64_t count, std::vector<Run>& to);

  [[nodiscard]] std::int64_t left() const { return left_; }

 private:
  std::vector<Run> runs_;
  std::size_t next_ = 0;
  std::int64_t left_ = 0;
};

/// Random positions such that the first 2^k picks lie one in each of 2^k equal strata, for every k:
/// van der Corput points in base 2 with nested random scrambling (Owen 1995).
class StratifiedPicks {
 public:
  /// `size_sums` as in a KernelProfile: with them every other pick is stratified by bytes instead
  /// of positions (probability proportional to size, Hansen and Hurwitz 1943), so that the large
  /// items are seen.
  StratifiedPicks(std::int64_t items, std::uint64_t seed, std::vector<SizeSum> size_sums = {});

  /// First position of the next pick of `stretch` untaken positions; -1 if none was found.
  [[nodiscard]] std::int64_t next(std::int64_t stretch);

  /// These positions, none of which was picked, are not to be.
  void exclude(const std::vector<Run>& done);

  /// What was picked or excluded, ascending.
  [[nodiscard]] std::vector<Run> taken() const;

 private:
  [[nodiscard]] std::int64_t draw();
  [[nodiscard]] bool free(std::int64_t first, std::int64_t count) const;

  std::int64_t items_;
  std::uint64_t seed_;
  std::vector<SizeSum> size_sums_;
  std::uint32_t drawn_ = 0;
  std::vector<Run> taken_;  ///< Sorted by first.
};

}  // namespace mpisize
