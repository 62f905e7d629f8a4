// Of a long run of fixed chunks the steady state is played for a while, and then jumped over.
#include <algorithm>
#include <cmath>

#include "mpisize/model/replay_run.hpp"

namespace mpisize {

void ReplayRun::cut(const ReplayCut& cut) {
  cut_ = cut;
  if (pattern_->root_computes && slice() == 1)
    mean_excess_ = paces_.root * expected_excess(s_->work, queue_seconds() / paces_.root);
}

/// Position in the order of work of the next item to hand out. Chunks of a segment come from
/// everywhere in it (multiples of the golden ratio), so that the steady state seen is that of its
/// mean.
std::int64_t ReplayRun::place(std::int64_t count) {
  auto at = static_cast<double>(position_);
  if (cutting()) {
    constexpr double golden_ratio = 0.6180339887498949;
    const double turns = static_cast<double>(++handed_chunks_) * golden_ratio;
    const auto begin = static_cast<double>(segment_begin(segment_));
    at = begin +
         (turns - std::floor(turns)) * (static_cast<double>(segment_begin(segment_ + 1)) - begin);
  }
  position_ += count;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(at * scale_), 0,
                                  s_->work.items - count);
}

void ReplayRun::count_done(std::int64_t items) {
  done_ += items;
  if (!cutting()) return;
  // Results pile up while the queues are filled; a root that never catches up is the bottleneck.
  const std::int64_t queues = caught_up_ ? 1 : 3;
  const std::int64_t warm_up = cut_->warm_up + queues * pattern_->queued;
  const std::int64_t done = done_ - done_at_begin_;
  if (first_.samples == 0 && done < warm_up * round()) return;
  if (first_.samples == 0) next_mark_ = window_from_ = done;
  if (done < next_mark_) return;
  constexpr std::int64_t marks_a_round = 8;
  next_mark_ = done + std::max<std::int64_t>(1, round() / marks_a_round);
  const std::int64_t to_last = window_from_ + cut_->window * round();
  if (done <= window_from_ + round()) {
    mark(first_);
  } else if (done < to_last) {
    next_mark_ = to_last;
  } else if (done <= to_last + round()) {
    mark(last_);
  } else {
    jump();
  }
}

void ReplayRun::mark(ReplayMark& m) const {
  double executed = work_handed_;
  for (const CrewState& crew : crews_) executed -= crew.left_after(root_) * share_of_crew_;
  for (std::size_t w = crews_.size(); w < free_at_.size(); ++w) {
    executed -= std::max(0.0, free_at_[w] - root_);
  }
  ++m.samples;
  const double share = 1.0 / m.samples;
  m.time += (root_ - m.time) * share;
  m.done += (static_cast<double>(done_) - m.done) * share;
  m.executed += (executed - m.executed) * share;
  m.excess += (excess_ - m.excess) * share;
  m.own += (static_cast<double>(own_items_) - m.own) * share;
}

/// The rest of the segment is taken at the rate of the window, its work at the mean of the
/// segment instead of what the window's draws happened to be; what else passes in the window
/// belongs to its items.
void ReplayRun::jump() {
  const std::int64_t begin = segment_begin(segment_);
  const std::int64_t end = segment_begin(segment_ + 1);
  const std::int64_t skipped = std::min(end - position_, sequence_.left() - cut_->tail * round());
  // Rare long items at the root let workers run dry: as many as there should be, not as there
  // were.
  const double luck = (last_.excess - first_.excess) - (last_.own - first_.own) * mean_excess_;
  const double sent = static_cast<double>(queued_.size()) / computing_;
  const double beside_work = last_.time - first_.time -
                             (last_.executed - first_.executed) / ranks_computing_ - luck * sent;
  if (skipped > 0 && last_.done > first_.done) {
    const auto part = static_cast<double>(skipped);
    const auto real = [this](std::int64_t p) {
      return static_cast<std::int64_t>(static_cast<double>(p) * scale_);
    };
    const double work = slow_ *
                        (s_->work.work_before(real(end)) - s_->work.work_before(real(begin))) /
                        scale_ * part / static_cast<double>(end - begin);
    skipped_work_ += work;
    skipped_time_ +=
        std::max(0.0, part / (last_.done - first_.done) * beside_work + work / ranks_computing_);
    sequence_ =
        ChunkSequence(pattern_->schedule, sequence_.left() - skipped, computing_, pattern_->chunk);
    position_ += skipped;
    open_weight_ -= weight(real(begin), real(end) - real(begin)) / scale_ * part /
                    static_cast<double>(end - begin);
  }
  ++segment_;
  done_at_begin_ = done_;
  first_ = {};
  last_ = {};
}

}  // namespace mpisize
