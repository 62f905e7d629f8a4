#include "mpisize/mpi/supply.hpp"

#include <algorithm>
#include <utility>

namespace mpisize {
namespace {

int computing_ranks(const ScatterPattern& pattern, int ranks) {
  return std::max(1, ranks - (pattern.root_computes || ranks <= 1 ? 0 : 1));
}

}  // namespace

MapSupply::MapSupply(WorkSupply& work, const ScatterPattern& pattern, int ranks,
                     ChunkControl control, bool fixed)
    : work_(&work),
      pattern_(pattern),
      computing_(computing_ranks(pattern, ranks)),
      sequence_(pattern.schedule, work.left(), computing_,
                std::max<std::int64_t>(1, pattern.chunk)),
      control_(std::move(control)),
      adapts_(pattern.schedule == Schedule::dynamic && !pattern.largest_first && !fixed),
      weight_at_(static_cast<std::size_t>(ranks)),
      has_block_(static_cast<std::size_t>(ranks)),
      open_weight_(work.weight_left()) {}

/// A first chunk always, more only up to the depth and its share of what is open, or half of it.
/// Where items differ in size the next chunk is lighter than the last one. Of a static schedule
/// every rank gets its block, also one that is still inside a sampled item.
bool MapSupply::may_have(std::size_t rank, int queued) const {
  if (sequence_.left() == 0) return false;
  if (pattern_.schedule == Schedule::static_block && !has_block_[rank]) return true;
  if (queued >= pattern_.queued) return false;
  return queued == 0 ||
         weight_at_[rank] + last_weight_ <= control_.share(static_cast<int>(rank)) * open_weight_ *
                                                most_of_even_share(pattern_.schedule);
}

bool MapSupply::take(int rank, int queued, Chunk& chunk) {
  const auto r = static_cast<std::size_t>(rank);
  if (!may_have(r, queued)) return false;
  has_block_[r] = true;
  // Smaller where items have become slower; a plan is not overtaken by larger ones.
  std::int64_t count = sequence_.next();
  if (adapts_) {
    const std::int64_t fewer = std::min(count, control_.next(rank));
    sequence_.give_back(count - fewer);
    count = fewer;
  }
  work_->take(count, chunk);
  weight_at_[r] += chunk.weight;
  last_weight_ = chunk.weight;
  return true;
}

void MapSupply::returned(int rank, const Chunk& chunk, Seconds busy) {
  open_weight_ -= chunk.weight;
  control_.done(rank, chunk.items, busy);
  const auto r = static_cast<std::size_t>(rank);
  if (r < weight_at_.size()) weight_at_[r] -= chunk.weight;
}

FlowSupply::FlowSupply(Flow& flow, const ScatterPattern& pattern, int ranks, ChunkControl control,
                       bool fixed, bool written)
    : flow_(&flow),
      pattern_(pattern),
      computing_(computing_ranks(pattern, ranks)),
      control_(std::move(control)),
      fixed_(fixed),
      written_(written),
      items_at_(static_cast<std::size_t>(ranks)) {}

/// As much as the rank does in the planned time; at the end of a source of known length its share
/// of what is left, and never so much that the window has nothing for the others.
bool FlowSupply::take(int rank, int queued, Chunk& chunk) {
  const auto r = static_cast<std::size_t>(rank);
  if (queued >= pattern_.queued || exhausted()) return false;
  std::int64_t count = fixed_ ? pattern_.chunk : control_.next(rank);
  if (!fixed_) {
    count = std::min(count, std::max<std::int64_t>(1, flow_->terms().window / (2L * computing_)));
  }
  if (const auto length = flow_->length()) {
    const double share = control_.share(rank);
    const auto left = static_cast<double>(*length - flow_->handed_out());
    if (!fixed_) {
      count = std::min(count, std::max<std::int64_t>(1, static_cast<std::int64_t>(left * share)));
    }
    double open = left;
    for (const std::int64_t items : items_at_) open += static_cast<double>(items);
    if (queued > 0 && static_cast<double>(items_at_[r] + count) > share * open) return false;
  }
  const Run run = flow_->hand_out(std::min(count, limit_));
  if (run.count == 0) return false;
  limit_ -= std::min(limit_, run.count);
  chunk.runs.assign(1, run);
  chunk.items = run.count;
  chunk.weight = static_cast<double>(run.count);
  chunk.position = run.first;
  chunk.measured = false;
  // The rest of a group of items whose beginning went through the root goes there, too.
  chunk.written = written_ && rank != root_rank && run.first % flow_->grain() == 0;
  items_at_[r] += run.count;
  return true;
}

void FlowSupply::returned(int rank, const Chunk& chunk, Seconds busy) {
  const auto r = static_cast<std::size_t>(rank);
  if (r < items_at_.size()) items_at_[r] = std::max<std::int64_t>(0, items_at_[r] - chunk.items);
  control_.done(rank, chunk.items, busy);
}

}  // namespace mpisize
