/// The ranks of one group while they are replayed. Private.
#pragma once

#include <cstddef>
#include <queue>
#include <tuple>
#include <vector>

#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// The ranks behind a sub-root. Pieces go to them in order, each to the rank whose queue has had
/// room for longest.
class CrewState {
 public:
  CrewState(const Crew& crew, int ranks);

  /// When a piece that arrived at `arrived` and takes `work` is done; handing it on takes the
  /// sub-root `handing`.
  double take(double arrived, double work, double handing);

  /// Seconds of work that are still to be done after `time`, of all ranks.
  [[nodiscard]] double left_after(double time) const;

 private:
  /// A rank, and since when its queue has room.
  struct Room {
    double since = 0;
    double last_end = 0;
    int rank = 0;
    bool operator<(const Room& other) const {  // A heap holds the largest on top.
      return std::tie(since, last_end, rank) > std::tie(other.since, other.last_end, other.rank);
    }
  };

  double room_after(int rank, double end);

  Crew crew_;
  std::size_t held_;                 ///< Pieces at a rank, the one in work counted.
  std::vector<double> ends_;         ///< Of the last so many pieces of every rank, in turn.
  std::vector<std::size_t> pieces_;  ///< By rank.
  std::priority_queue<Room> rooms_;
  double handed_ = 0;
  double own_begin_ = 0;  ///< Of the item that the sub-root computes.
  double own_end_ = 0;
};

}  // namespace mpisize
