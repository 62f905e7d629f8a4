/// Chunk sizes that follow the item times measured on the way.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// A chunk size that was changed.
struct Adaptation {
  std::int64_t at_item = 0;  ///< Items that were done by then.
  int rank = 0;
  std::int64_t chunk_before = 1;
  std::int64_t chunk_after = 1;
  double item_seconds = 0;  ///< Of the rank.
  friend bool operator==(const Adaptation&, const Adaptation&) = default;
};

/// Keeps the seconds of a chunk what they were planned to be, for each rank by its own
/// exponentially weighted mean of item times: adaptive weighted factoring by chunks (AWF-C, Carino
/// and Banicescu 2008), with fixed chunks instead of factoring's. A size is changed only if the
/// mean is off by more than `tolerance` and by more than chance explains.
class ChunkControl {
 public:
  static constexpr double tolerance = 1.5;

  /// `item`: mean time when `chunk` was planned; 0: not known, nothing is adapted. Without
  /// `root_computes` rank 0 gets no share, unless it is alone. No chunk is larger than `most`.
  ChunkControl(std::int64_t chunk, Seconds item, int ranks, bool root_computes,
               std::int64_t most = std::int64_t{1} << 40);

  /// A rank computed so many items in `busy`; 0: the next time it tells counts for them, too.
  void done(int rank, std::int64_t items, Seconds busy);

  /// Items of the next chunk of a rank.
  [[nodiscard]] std::int64_t next(int rank) const;
  /// Part of the open work that is the rank's, by how fast it is: a slow rank gets less, so that
  /// all end together. 1 / ranks while none is off.
  [[nodiscard]] double share(int rank) const;

  [[nodiscard]] std::int64_t changes() const { return changes_; }
  [[nodiscard]] const std::vector<Adaptation>& log() const { return log_; }  ///< The first ones.

 private:
  struct Pace {
    std::int64_t chunk = 1;
    double planned = 0;       ///< Item seconds that the chunk was made for.
    double mean = 0;          ///< Exponentially weighted, of item seconds.
    double variance = 0;      ///< Likewise, of the means of chunks.
    std::int64_t chunks = 0;  ///< That were timed.
    std::int64_t untimed = 0;
    double weight = 1;
  };
  void adapt(int rank, Pace& pace);

  double item_seconds_;
  double chunk_seconds_;
  std::int64_t most_;
  bool root_computes_;
  std::vector<Pace> ranks_;
  double weights_ = 0;
  std::int64_t done_ = 0;
  std::int64_t changes_ = 0;
  std::vector<Adaptation> log_;
};

}  // namespace mpisize
