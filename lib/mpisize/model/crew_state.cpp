#include "mpisize/model/crew_state.hpp"

#include <algorithm>
#include <cmath>

namespace mpisize {

CrewState::CrewState(const Crew& crew, int ranks)
    : crew_(crew),
      held_(static_cast<std::size_t>(1 + std::floor(crew.ahead))),
      ends_(static_cast<std::size_t>(ranks) * held_),
      pieces_(static_cast<std::size_t>(ranks)) {
  for (int rank = 0; rank < ranks; ++rank) rooms_.push({0, 0, rank});
}

double CrewState::take(double arrived, double work, double handing) {
  const Room next = rooms_.top();
  rooms_.pop();
  // It is handed on as soon as there is room in the queue of its rank, unless the sub-root is
  // inside an item of its own.
  double room = std::max(arrived, next.since);
  if (room > own_begin_ && room < own_end_) room = own_end_;
  const bool own = crew_.leader_computes && next.rank == 0;
  handed_ = std::max(room, handed_) + (own ? 0 : handing);
  const double begin = std::max(next.last_end, handed_ + (own ? 0 : crew_.one_way));
  const double end = begin + work;
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
