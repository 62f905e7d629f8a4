/// The ranks behind one worker while they are replayed. Private.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <tuple>
#include <vector>

#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// Pieces of a chunk go to the ranks behind a sub-root in order, each to the rank whose queue has
/// had room for longest; where these are sub-roots themselves, a piece is a chunk of theirs.
class CrewState {
 public:
  /// Seconds that a rank needs for `count` items from `first` on.
  using Work = std::function<double(std::int64_t first, std::int64_t count)>;

  /// Plays `ranks` that compute, each for `share` of them.
  CrewState(const Crew& crew, int ranks, double share);

  /// When the last piece of a chunk is done that arrived at `arrived`. Of its items, from `first`
  /// on, `count` are played; where pieces are many, several as one.
  double take(double arrived, std::int64_t first, double count, const Work& work);

  /// Seconds of work that are still to be done after `time`, of all ranks.
  [[nodiscard]] double left_after(double time) const;

  /// Rounds, one piece a rank, in which a chunk is played at most.
  static constexpr double most_rounds = 4;

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

  struct Piece {
    std::int64_t first = 0;
    double items = 0;
  };

  void man(const Crew& of_each, int ranks, double share);
  [[nodiscard]] double pieces_as_one(double count, double left) const;
  double hand_on(double arrived, Piece piece, double handing, const Work& work);
  double room_after(int rank, double end);

  Crew crew_;
  double mean_ranks_;  ///< Of all crews alike, while they are played.
  double piece_;       ///< Items played of one.
  double per_piece_;
  std::size_t held_;                 ///< Pieces at a rank, the one in work counted.
  std::vector<CrewState> behind_;    ///< Each rank; empty: ranks compute themselves.
  std::vector<double> ends_;         ///< Of the last so many pieces of every rank, in turn.
  std::vector<std::size_t> pieces_;  ///< By rank.
  std::priority_queue<Room> rooms_;
  double handed_ = 0;
  double own_begin_ = 0;  ///< Of the item that the sub-root computes.
  double own_end_ = 0;
};

}  // namespace mpisize
