/// The window of a batch or stream while it is replayed. Private.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

#include "mpisize/model/scatter_pattern.hpp"

namespace mpisize {

/// Items that may be under way or wait for their turn to be delivered: batch and stream.
class ReplayWindow {
 public:
  ReplayWindow(const ScatterPattern& p, double scale) {
    const bool stream = p.kind == PatternKind::stream;
    if (stream && p.window) most_ = shrunk(*p.window, scale);
    if (p.kind == PatternKind::batch && p.batch) {
      unit_ = shrunk(*p.batch, scale);
      most_ = 2 * unit_;
    }
    ordered_ = !stream || p.ordered.value_or(true);
  }
  [[nodiscard]] bool has_room(std::int64_t items) {
    if (most_ == 0 || handed_ - delivered_ == 0) return true;
    const bool room = handed_ + items - delivered_ <= most_;
    refused_ = refused_ || !room;
    return room;
  }
  /// Someone found no room since this was asked last.
  [[nodiscard]] bool refused() { return std::exchange(refused_, false); }

  /// The number of the chunk.
  std::int64_t hand_out(std::int64_t items) {
    if (most_ == 0) return 0;
    handed_ += items;
    chunks_.push_back({items, false});
    return first_ + static_cast<std::int64_t>(chunks_.size()) - 1;
  }
  /// True if there is more room now.
  bool done(std::int64_t number) {
    if (most_ == 0) return false;
    const std::int64_t before = delivered_;
    Chunk& chunk = chunks_[static_cast<std::size_t>(number - first_)];
    chunk.done = true;
    if (!ordered_) delivered_ += chunk.items;
    for (; !chunks_.empty() && chunks_.front().done; chunks_.pop_front(), ++first_) {
      complete_ += chunks_.front().items;
    }
    // Batches are delivered whole.
    if (ordered_) delivered_ = chunks_.empty() ? complete_ : complete_ / unit_ * unit_;
    return delivered_ > before;
  }

 private:
  struct Chunk {
    std::int64_t items = 0;
    bool done = false;
  };
  static std::int64_t shrunk(std::int64_t items, double scale) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(items) / scale));
  }
  std::int64_t most_ = 0;  ///< 0: no bound.
  std::int64_t unit_ = 1;
  bool ordered_ = true;
  bool refused_ = false;
  std::int64_t handed_ = 0;
  std::int64_t complete_ = 0;  ///< Items before the first that is under way.
  std::int64_t delivered_ = 0;
  std::int64_t first_ = 0;  ///< Number of the first chunk kept.
  std::deque<Chunk> chunks_;
};

}  // namespace mpisize
