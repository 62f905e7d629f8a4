#include "mpisize/model/crew_state.hpp"

#include <algorithm>
#include <cmath>

namespace mpisize {

CrewState::CrewState(const Crew& crew, int ranks, double share)
    : crew_(crew),
      mean_ranks_(crew.ranks / share),
      piece_(static_cast<double>(crew.piece)),
      per_piece_(crew.per_piece * share),
      held_(static_cast<std::size_t>(1 + std::floor(crew.ahead))) {
  if (crew.each) {
    man(*crew.each, ranks, share);
    ranks = static_cast<int>(behind_.size());
  }
  ends_.resize(static_cast<std::size_t>(ranks) * held_);
  pieces_.resize(static_cast<std::size_t>(ranks));
  for (int rank = 0; rank < ranks; ++rank) rooms_.push({0, 0, rank});
}

/// Where few ranks stand for all, so do few of the sub-roots, but with some ranks each.
void CrewState::man(const Crew& of_each, int ranks, double share) {
  constexpr int fewest_each = 4;
  const int sub_roots =
      std::clamp(share > 1 ? ranks / fewest_each : ranks, 1, std::max(1, crew_.ranks));
  const double stands_for = static_cast<double>(crew_.ranks) / sub_roots;
  const double share_of_each = std::max(1.0, share / stands_for);
  mean_ranks_ = sub_roots;
  piece_ /= share_of_each;
  per_piece_ = crew_.per_piece * stands_for;
  for (int i = 0; i < sub_roots; ++i) {
    const auto before = [&](int n) { return std::int64_t{ranks} * n / sub_roots; };
    behind_.emplace_back(of_each, static_cast<int>(before(i + 1) - before(i)), share_of_each);
  }
}

double CrewState::take(double arrived, std::int64_t first, double count, const Work& work) {
  // Sub-roots get whole items: parts of them would be taken for whole ones behind each.
  if (!behind_.empty()) count = std::max(1.0, std::round(count));
  double done = arrived;
  for (double at = 0, from = 0; from < count;) {
    const double pieces = pieces_as_one(count, count - at);
    at += pieces * piece_;
    const double to = std::min(behind_.empty() ? at : std::round(at), count);
    if (to > from) {
      const Piece piece{first + static_cast<std::int64_t>(from), to - from};
      done = std::max(done, hand_on(arrived, piece, per_piece_ * pieces, work));
    }
    from = to;
  }
  return done;
}

/// Of a long chunk. What goes to sub-roots is smaller towards its end, for they end together then.
double CrewState::pieces_as_one(double count, double left) const {
  constexpr double rounds_left = 2;
  const double items = behind_.empty() ? std::ceil(count / (most_rounds * mean_ranks_))
                                       : left / (rounds_left * mean_ranks_);
  return std::max(1.0, items / piece_);
}

double CrewState::hand_on(double arrived, Piece piece, double handing, const Work& work) {
  const Room next = rooms_.top();
  rooms_.pop();
  // It is handed on as soon as there is room in the queue of its rank, unless the sub-root is
  // inside an item of its own.
  double room = std::max(arrived, next.since);
  if (room > own_begin_ && room < own_end_) room = own_end_;
  const bool own = crew_.leader_computes && next.rank == 0;
  handed_ = std::max(room, handed_) + (own ? 0 : handing);
  const double there = handed_ + (own ? 0 : crew_.one_way);
  const double begin = std::max(next.last_end, there);
  const double end =
      behind_.empty() ? begin + work(piece.first, static_cast<std::int64_t>(std::ceil(piece.items)))
                      : behind_[static_cast<std::size_t>(next.rank)].take(there, piece.first,
                                                                          piece.items, work);
  rooms_.push({own ? end : room_after(next.rank, end), end, next.rank});
  if (own) {
    own_begin_ = begin;
    own_end_ = end;
    return end;
  }
  const double back = end + crew_.one_way;
  return back > own_begin_ && back < own_end_ ? own_end_ : back;  // Taken in after its own item.
}

double CrewState::left_after(double time) const {
  double left = 0;
  if (!behind_.empty()) {
    for (const CrewState& crew : behind_) left += crew.left_after(time);
    return left;
  }
  auto ranks = rooms_;
  for (; !ranks.empty(); ranks.pop()) left += std::max(0.0, ranks.top().last_end - time);
  return left;
}

/// With one more piece, which ends at `end`: when the oldest that it then holds is done.
double CrewState::room_after(int rank, double end) {
  const auto r = static_cast<std::size_t>(rank);
  ends_[r * held_ + pieces_[r]++ % held_] = end;
  return pieces_[r] < held_ ? 0 : ends_[r * held_ + pieces_[r] % held_];
}

}  // namespace mpisize
