/// The order in which items are handed out.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/work_list.hpp"
#include "mpisize/mpi/dispatcher.hpp"

namespace mpisize {

/// Positions 0, 1, 2 ... are indices, or, where items differ in size, indices by falling size.
class WorkOrder {
 public:
  /// `sizes` empty: all items have one size.
  WorkOrder(std::int64_t items, const std::vector<std::int64_t>& sizes);

  [[nodiscard]] std::int64_t items() const { return items_; }
  [[nodiscard]] const std::vector<SizeSum>& size_sums() const { return size_sums_; }

  /// Bytes of a run of positions; their number if all items have one size.
  [[nodiscard]] double weight(Run positions) const;

  /// Runs of item indices of a run of positions, appended.
  void indices(Run positions, std::vector<Run>& to) const;

  /// Positions of runs of indices, as runs.
  [[nodiscard]] std::vector<Run> positions(const std::vector<Run>& indices) const;

 private:
  std::int64_t items_;
  std::vector<std::int64_t> by_size_;
  std::vector<double> bytes_before_;  ///< By position, and of all at the end.
  std::vector<SizeSum> size_sums_;
};

/// Chunks of what is left, in order.
class WorkSupply {
 public:
  WorkSupply(const WorkOrder& order, const std::vector<Run>& taken);
  [[nodiscard]] std::int64_t left() const { return list_.left(); }
  [[nodiscard]] double weight_left() const { return weight_left_; }
  /// The next `count` items into `chunk`, whose memory is used again.
  void take(std::int64_t count, Chunk& chunk);

 private:
  const WorkOrder* order_;
  WorkList list_;
  double weight_left_;
  std::vector<Run> positions_;
};

}  // namespace mpisize
