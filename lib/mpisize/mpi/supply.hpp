/// Who is handed which items next, and how many at a time.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "mpisize/model/chunk_control.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/dispatcher.hpp"
#include "mpisize/mpi/flow.hpp"
#include "mpisize/mpi/work_order.hpp"

namespace mpisize {

class Supply {
 public:
  Supply() = default;
  Supply(const Supply&) = delete;
  Supply& operator=(const Supply&) = delete;
  Supply(Supply&&) = delete;
  Supply& operator=(Supply&&) = delete;
  virtual ~Supply() = default;

  /// The next chunk of a rank that has `queued` of them, into `chunk`, whose memory is used again;
  /// false if it is to have none now.
  virtual bool take(int rank, int queued, Chunk& chunk) = 0;
  /// A chunk was computed in `busy`.
  virtual void returned(int rank, const Chunk& chunk, Seconds busy) = 0;
  /// Nothing is left to hand out, now or later.
  [[nodiscard]] virtual bool exhausted() const = 0;
  /// Makes use of a moment without news; false if there is nothing to do.
  virtual bool prepare() { return false; }
  /// Chunk sizes as they were changed on the way.
  [[nodiscard]] virtual const ChunkControl& control() const = 0;
};

/// Of a map: all items are there, and are handed out by the schedule.
class MapSupply final : public Supply {
 public:
  /// `fixed`: the chunk was forced.
  MapSupply(WorkSupply& work, const ScatterPattern& pattern, int ranks, ChunkControl control,
            bool fixed);
  bool take(int rank, int queued, Chunk& chunk) override;
  void returned(int rank, const Chunk& chunk, Seconds busy) override;
  [[nodiscard]] bool exhausted() const override { return work_->left() == 0; }
  [[nodiscard]] const ChunkControl& control() const override { return control_; }

 private:
  [[nodiscard]] bool may_have(std::size_t rank, int queued) const;

  WorkSupply* work_;
  ScatterPattern pattern_;
  int computing_;
  ChunkSequence sequence_;
  ChunkControl control_;
  bool adapts_;
  std::vector<double> weight_at_;  ///< By rank: handed out and not back.
  std::vector<bool> has_block_;    ///< By rank, of a static schedule.
  double open_weight_;             ///< Of all that is not done.
  double last_weight_ = 1;
};

/// Of a flow: items come from the source as the window allows.
class FlowSupply final : public Supply {
 public:
  /// `fixed`: the chunk was forced. `written`: results stay where they are computed.
  FlowSupply(Flow& flow, const ScatterPattern& pattern, int ranks, ChunkControl control, bool fixed,
             bool written);
  bool take(int rank, int queued, Chunk& chunk) override;
  void returned(int rank, const Chunk& chunk, Seconds busy) override;
  [[nodiscard]] bool exhausted() const override { return flow_->exhausted() || limit_ == 0; }
  /// Hands out so many items from here on, and then says that it is exhausted.
  void limit(std::int64_t items) { limit_ = items; }
  bool prepare() override { return flow_->pull_ahead(); }
  [[nodiscard]] const ChunkControl& control() const override { return control_; }

 private:
  Flow* flow_;
  ScatterPattern pattern_;
  int computing_;
  ChunkControl control_;
  bool fixed_;
  bool written_;
  std::int64_t limit_ = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> items_at_;  ///< By rank: handed out and not back.
};

}  // namespace mpisize
