#include "mpisize/mpi/work_order.hpp"

#include <algorithm>
#include <numeric>

namespace mpisize {

WorkOrder::WorkOrder(std::int64_t items, const std::vector<std::int64_t>& sizes) : items_(items) {
  if (sizes.empty()) return;
  const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
  if (*least == *most) return;
  const auto size = [&sizes](std::int64_t i) { return sizes[static_cast<std::size_t>(i)]; };
  by_size_.resize(static_cast<std::size_t>(items));
  std::iota(by_size_.begin(), by_size_.end(), std::int64_t{0});
  std::stable_sort(by_size_.begin(), by_size_.end(),
                   [&](std::int64_t a, std::int64_t b) { return size(a) > size(b); });
  // Sums at 1, 2, 3 ... 64 items, then in steps of a sixteenth: exact where the large items are.
  constexpr std::int64_t exact = 64;
  bytes_before_.reserve(by_size_.size() + 1);
  bytes_before_.push_back(0);
  std::int64_t bytes = 0;
  std::int64_t next = 1;
  for (std::int64_t n = 1; n <= items; ++n) {
    bytes += size(by_size_[static_cast<std::size_t>(n - 1)]);
    bytes_before_.push_back(static_cast<double>(bytes));
    if (n != next && n != items) continue;
    size_sums_.push_back({n, Bytes(bytes)});
    next = n < exact ? n + 1 : n + n / 16;
  }
}

double WorkOrder::weight(Run positions) const {
  if (bytes_before_.empty()) return static_cast<double>(positions.count);
  return bytes_before_[static_cast<std::size_t>(positions.first + positions.count)] -
         bytes_before_[static_cast<std::size_t>(positions.first)];
}

void WorkOrder::indices(Run positions, std::vector<Run>& to) const {
  if (by_size_.empty()) {
    to.push_back(positions);
    return;
  }
  for (std::int64_t p = positions.first; p < positions.first + positions.count; ++p) {
    to.push_back({by_size_[static_cast<std::size_t>(p)], 1});
  }
}

std::vector<Run> WorkOrder::positions(const std::vector<Run>& indices) const {
  if (by_size_.empty() || indices.empty()) return indices;
  std::vector<std::int64_t> position_of(by_size_.size());
  for (std::size_t p = 0; p < by_size_.size(); ++p) {
    position_of[static_cast<std::size_t>(by_size_[p])] = static_cast<std::int64_t>(p);
  }
  std::vector<Run> positions;
  for (const Run& run : indices) {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      positions.push_back({position_of[static_cast<std::size_t>(i)], 1});
    }
  }
  return positions;
}

WorkSupply::WorkSupply(const WorkOrder& order, const std::vector<Run>& taken)
    : order_(&order), list_(order.items(), taken), weight_left_(order.weight({0, order.items()})) {
  for (const Run& run : taken) weight_left_ -= order.weight(run);
}

void WorkSupply::take(std::int64_t count, Chunk& chunk) {
  positions_.clear();
  list_.take(count, positions_);
  chunk.runs.clear();
  chunk.items = 0;
  chunk.weight = 0;
  chunk.measured = false;
  for (const Run& run : positions_) {
    order_->indices(run, chunk.runs);
    chunk.items += run.count;
    chunk.weight += order_->weight(run);
  }
  weight_left_ -= chunk.weight;
  if (!positions_.empty()) chunk.position = positions_.front().first;
}

}  // namespace mpisize
