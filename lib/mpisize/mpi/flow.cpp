#include "mpisize/mpi/flow.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/journal.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

constexpr std::int64_t far_away = std::numeric_limits<std::int64_t>::max();
constexpr Seconds longest_pull{1e-3};

[[noreturn]] void refuse_changed_input(const JournalRun& run, std::uint64_t found) {
  throw std::invalid_argument(
      "items " + std::to_string(run.first) + " to " + std::to_string(run.first + run.count - 1) +
      " are " + fingerprint_text(found) + ", but were " + fingerprint_text(run.input_hash) +
      " when the journal was written; give the input that it was made with, or another journal");
}

[[noreturn]] void refuse_short_input(std::int64_t kept, std::int64_t found) {
  throw std::invalid_argument("the journal holds results up to item " + std::to_string(kept - 1) +
                              ", but the source ends after " + std::to_string(found) +
                              " items; give the input that it was made with, or another journal");
}

}  // namespace

void Flow::agree(const FlowTerms& terms) {
  terms_ = terms;
  terms_.block = std::min(terms.block, terms.window);
  // What is in the making goes on as it began; only the order of delivery may be relaxed.
  if (!terms_.ordered && !terms_.whole_blocks) {
    for (const auto& [first, count] : waiting_) ready_.push_back({first, count});
    waiting_.clear();
  }
  if (!blocks_.empty()) {
    Block& last = *blocks_.rbegin()->second;
    if (last.pulled > 0) close(last);
  }
}

Block& Flow::block_of(std::int64_t index) { return *std::prev(blocks_.upper_bound(index))->second; }
const Block& Flow::block_of(std::int64_t index) const {
  return *std::prev(blocks_.upper_bound(index))->second;
}

bool Flow::may_pull() const {
  if (ended_ || pulled_ - delivered_ >= terms_.window) return false;
  const bool nothing_held = pulled_ == delivered_;
  if (!terms_.memory || nothing_held) return true;
  return held_bytes_ + result_bytes_ + item_bytes_ <= terms_.memory->value();
}

Block& Flow::open_block(std::int64_t capacity) {
  if (!blocks_.empty()) {
    Block& last = *blocks_.rbegin()->second;
    if (!last.closed) return last;
  }
  auto block = new_block(pulled_, capacity);
  block->first = pulled_;
  block->capacity = capacity;
  Block& opened = *block;
  blocks_.emplace(pulled_, std::move(block));
  return opened;
}

/// Pulls into the last block; the number of items pulled.
std::int64_t Flow::pull(std::int64_t most) {
  if (!may_pull()) return 0;
  Block& block =
      open_block(std::min(up_to_grain(pulled_ + terms_.block, grain()) - pulled_, until_journal()));
  std::int64_t n = std::min({most, terms_.window - (pulled_ - delivered_),
                             block.capacity - block.pulled, until_journal()});
  const std::int64_t each = item_bytes_ + result_bytes_;
  if (terms_.memory && each > 0) {
    n = std::clamp<std::int64_t>((terms_.memory->value() - held_bytes_) / each, 1, n);
  }
  n = slice_.next(n);
  const Seconds begin = now();
  const std::int64_t got = pull_into(block, n);
  const Seconds took = now() - begin;
  slice_.took(got, took);
  pulling_ += took;
  const Run run{pulled_, got};
  block.pulled += got;
  pulled_ += got;
  if (terms_.memory && got > 0) {
    const std::int64_t items = memory_of_items(block, run);
    item_bytes_ = std::max(item_bytes_, items / got);
    block.bytes += items + got * result_bytes_;
    held_bytes_ += items + got * result_bytes_;
  }
  most_held_ = std::max(most_held_, pulled_ - delivered_);
  ended_ = got < n || pulled_ == length();
  if (ended_ || block.pulled == block.capacity) close(block);
  return got;
}

void Flow::close(Block& block) {
  block.closed = true;
  if (block.pulled == block.delivered) let_go(block, 0);
}

/// Items of the block have been delivered; it goes with the last of them.
void Flow::let_go(Block& block, std::int64_t items) {
  block.delivered += items;
  delivered_ += items;
  if (!block.closed || block.delivered < block.pulled) return;
  held_bytes_ -= block.bytes;
  const auto at = blocks_.find(block.first);
  retire(std::move(at->second));
  blocks_.erase(at);
}

Run Flow::hand_out(std::int64_t most) {
  const std::int64_t unit = grain();
  const std::int64_t wanted =
      up_to_grain(handed_ + std::max<std::int64_t>(1, most), unit) - handed_;
  const Seconds begin = now();
  const auto in_block = [this] {
    if (handed_ == pulled_) return std::int64_t{0};
    const Block& block = block_of(handed_);
    return block.first + block.pulled - handed_;
  };
  while (in_block() < wanted) {
    const std::int64_t here = in_block();
    const bool may_grow = here == 0 || !block_of(handed_).closed;
    if (!may_grow) break;
    if (here == 0 && until_journal() == 0) {
      if (!resume_some()) return {};
      continue;
    }
    if (pull(wanted - here) == 0) break;
    if (now() - begin > longest_pull && in_block() >= unit) break;
  }
  std::int64_t n = std::min(in_block(), wanted);
  const std::int64_t whole = (handed_ + n) / unit * unit - handed_;
  if (whole > 0) n = whole;
  const Run run{handed_, n};
  handed_ += n;
  return run;
}

bool Flow::pull_ahead() {
  const std::int64_t ahead = pulled_ - handed_;
  if (ahead >= terms_.ahead || until_journal() == 0) return false;
  return pull(terms_.ahead - ahead) > 0;
}

void Flow::completed(std::span<const Run> runs) {
  for (const Run& run : runs) {
    Block& block = block_of(run.first);
    if (terms_.memory) {
      result_bytes_ = std::max(result_bytes_, memory_of_results(block, run) / run.count);
    }
    block.done += run.count;
    queue_up(run);
  }
}

void Flow::queue_up(Run run) {
  if (terms_.whole_blocks) return;
  if (terms_.ordered) {
    waiting_.emplace(run.first, run.count);
  } else {
    ready_.push_back(run);
  }
}

void Flow::passed_on(Run run) {
  Block& block = block_of(run.first);
  block.done += run.count;
  let_go(block, run.count);
}

void Flow::give_up(std::int64_t index) {
  auto& lost = block_of(index).lost;
  lost.insert(std::upper_bound(lost.begin(), lost.end(), index), index);
}

std::int64_t Flow::deliver(std::int64_t most) {
  if (terms_.whole_blocks) return deliver_block();
  if (terms_.ordered) {
    const auto next = waiting_.begin();
    if (next == waiting_.end() || next->first != delivered_) return 0;
    const Run whole{next->first, next->second};
    waiting_.erase(next);
    const Run part{whole.first, std::min(most, whole.count)};
    if (part.count < whole.count) {
      waiting_.emplace(whole.first + part.count, whole.count - part.count);
    }
    return deliver_run(part);
  }
  if (ready_.empty()) return 0;
  Run& run = ready_.front();
  const Run part{run.first, std::min(most, run.count)};
  run.first += part.count;
  run.count -= part.count;
  if (run.count == 0) ready_.pop_front();
  return deliver_run(part);
}

std::int64_t Flow::deliver_block() {
  if (blocks_.empty()) return 0;
  Block& block = *blocks_.begin()->second;
  if (block.done < block.pulled || block.pulled == 0) return 0;
  if (!block.closed) {
    // A block that memory or window leave no room to fill goes as it is.
    if (may_pull() || handed_ < pulled_) return 0;
    block.closed = true;
  }
  return deliver_run({block.first, block.pulled});
}

/// Around the items that were given up.
std::int64_t Flow::deliver_run(Run run) {
  Block& block = block_of(run.first);
  const Seconds begin = now();
  std::int64_t from = run.first;
  const std::int64_t end = run.first + run.count;
  for (const std::int64_t lost : block.lost) {
    if (lost < from || lost >= end) continue;
    if (lost > from) sink_run(block, {from, lost - from});
    from = lost + 1;
  }
  if (from < end) sink_run(block, {from, end - from});
  sinking_ += now() - begin;
  let_go(block, run.count);
  return run.count;
}

bool Flow::pull_one() {
  while (handed_ == pulled_ && !ended_ && until_journal() > 0) {
    if (pull(1) == 0) break;
  }
  return handed_ < pulled_;
}

bool Flow::reach_new_item() {
  while (handed_ == pulled_ && !ended_ && until_journal() == 0) {
    if (!resume_some()) return false;
  }
  return true;
}

void Flow::resume_from(const Journal& journal, bool retry_failed) {
  journal_ = &journal;
  for (const JournalRun& run : journal.runs()) kept_runs_.push_back({run.first, run.count, &run});
  if (!retry_failed) {
    for (const DeadLetter& dead : journal.dead_letters()) kept_runs_.push_back({dead.index, 1});
  }
  std::sort(kept_runs_.begin(), kept_runs_.end(),
            [](const Kept& a, const Kept& b) { return a.first < b.first; });
  for (const Kept& kept : kept_runs_) kept_items_ += kept.count;
}

/// Items before the next one that the journal holds.
std::int64_t Flow::until_journal() const {
  if (next_kept_ == kept_runs_.size()) return far_away;
  return std::max<std::int64_t>(0, kept_runs_[next_kept_].first - pulled_);
}

/// Takes results from the journal, as many as the window has room for; false if it has none.
bool Flow::resume_some() {
  if (!may_pull()) return false;
  const Kept& kept = kept_runs_[next_kept_];
  if (pulled_ == kept.first) {
    if (kept.run != nullptr) journal_->read(*kept.run, kept_);
    rest_ = kept_;
    hash_ = 0;
  }
  if (!blocks_.empty() && !blocks_.rbegin()->second->closed) close(*blocks_.rbegin()->second);
  const std::int64_t n =
      std::min(kept.first + kept.count - pulled_, terms_.window - (pulled_ - delivered_));
  Block& block = open_block(n);
  const Seconds begin = now();
  while (block.pulled < n) {
    const std::int64_t some = pull_into(block, n - block.pulled);
    if (some == 0) refuse_short_input(kept.first + kept.count, pulled_);
    block.pulled += some;
    pulled_ += some;
  }
  pulling_ += now() - begin;
  const Run piece{block.first, n};
  const bool last = piece.first + n == kept.first + kept.count;
  if (kept.run == nullptr) {
    block.lost.push_back(piece.first);
  } else {
    hash_ = input_hash(piece, hash_);
    if (last && hash_ != kept.run->input_hash) refuse_changed_input(*kept.run, hash_);
    unpack_results(piece, rest_);
    if (last && !rest_.empty()) {
      throw std::runtime_error("the journal's results from item " + std::to_string(kept.first) +
                               " on are longer than they should be; give another journal");
    }
  }
  block.bytes = memory_of_items(block, piece) + memory_of_results(block, piece);
  held_bytes_ += block.bytes;
  most_held_ = std::max(most_held_, pulled_ - delivered_);
  handed_ += n;
  ended_ = pulled_ == length();
  resumed_ += n;
  block.done += n;
  if (last) ++next_kept_;
  queue_up(piece);
  close(block);
  return true;
}

}  // namespace mpisize
