// The ranks behind a sub-root, piece by piece.
#include "mpisize/model/crew_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace mpisize {
namespace {

Crew crew_of(int ranks, double ahead, bool leader_computes, double per_piece = 0) {
  Crew crew;
  crew.ranks = crew.all = ranks;
  crew.ahead = ahead;
  crew.leader_computes = leader_computes;
  crew.per_piece = per_piece;
  return crew;
}

/// When a piece of one item is done that is there at 0 and takes `work`.
double take(CrewState& state, double work) {
  return state.take(0, 0, 1, [work](std::int64_t, std::int64_t) { return work; });
}

/// End of the last of `pieces`, which are all there at 0.
double end_of(CrewState& state, const std::vector<double>& pieces) {
  double last = 0;
  for (const double work : pieces) last = std::max(last, take(state, work));
  return last;
}

/// Every item takes a second.
double seconds(std::int64_t /*first*/, std::int64_t count) { return static_cast<double>(count); }

TEST(CrewState, PiecesGoToTheRankThatIsFreeFirst) {
  CrewState state(crew_of(2, 0, false), 2, 1);
  // 3 on one rank, 1 + 1 + 1 on the other.
  EXPECT_DOUBLE_EQ(end_of(state, {3, 1, 1, 1}), 3);
}

TEST(CrewState, APieceHandedOnAheadWaitsForItsRank) {
  CrewState state(crew_of(2, 1, false), 2, 1);
  // The first two go out at once, the next two behind them, whoever will be done first.
  EXPECT_DOUBLE_EQ(take(state, 3), 3);
  EXPECT_DOUBLE_EQ(take(state, 1), 1);
  EXPECT_DOUBLE_EQ(take(state, 1), 2);
  EXPECT_DOUBLE_EQ(take(state, 1), 4);
}

TEST(CrewState, TheSubRootHandsOnOnePieceAfterTheOther) {
  CrewState state(crew_of(4, 0, false, 0.5), 4, 1);
  EXPECT_DOUBLE_EQ(end_of(state, {1, 1, 1, 1}), 3);
}

TEST(CrewState, InsideAnItemOfItsOwnTheSubRootHandsOnNothing) {
  CrewState state(crew_of(2, 0, true), 2, 1);
  EXPECT_DOUBLE_EQ(take(state, 10), 10) << "its own";
  EXPECT_DOUBLE_EQ(take(state, 1), 10) << "given out before, but taken in after that";
  EXPECT_DOUBLE_EQ(take(state, 1), 11) << "the rank was free at 1, the sub-root at 10";
}

TEST(CrewState, KnowsWhatIsLeft) {
  CrewState state(crew_of(2, 0, false), 2, 1);
  (void)end_of(state, {3, 1});
  EXPECT_DOUBLE_EQ(state.left_after(0), 4);
  EXPECT_DOUBLE_EQ(state.left_after(2), 1);
}

TEST(CrewState, AChunkIsDoneWithItsLastPiece) {
  Crew crew = crew_of(3, 0, false);
  crew.piece = 2;
  CrewState state(crew, 3, 1);
  EXPECT_DOUBLE_EQ(state.take(1, 0, 7, seconds), 1 + 3) << "2, 2, 2, and 1 behind one of them";
  EXPECT_DOUBLE_EQ(state.left_after(1), 7);
}

TEST(CrewState, WhereOneRankStandsForSeveralHandingOnTakesAsManyTimesAsLong) {
  CrewState all(crew_of(8, 0, false, 0.5), 8, 1);
  CrewState some(crew_of(8, 0, false, 0.5), 4, 2);
  EXPECT_DOUBLE_EQ(all.take(0, 0, 8, seconds), some.take(0, 0, 4, seconds));
}

/// Two sub-roots, each with two ranks.
Crew crew_of_crews(std::int64_t piece, double ahead = 0) {
  Crew crew = crew_of(2, ahead, false);
  crew.piece = piece;
  crew.each = std::make_shared<const Crew>(crew_of(2, 0, false));
  return crew;
}

TEST(CrewState, ASubRootBehindASubRootHandsOnToItsOwnRanks) {
  CrewState state(crew_of_crews(2), 4, 1);
  EXPECT_DOUBLE_EQ(state.take(0, 0, 4, seconds), 1) << "one item a rank";
  EXPECT_DOUBLE_EQ(state.left_after(0.25), 4 * 0.75);
}

TEST(CrewState, WhatWasHandedToOneSubRootTheOtherDoesNotDo) {
  CrewState state(crew_of_crews(4), 4, 1);
  EXPECT_DOUBLE_EQ(state.take(0, 0, 4, seconds), 2) << "one piece: two items a rank of one of them";
  EXPECT_DOUBLE_EQ(state.take(0, 0, 4, seconds), 2) << "the other one's turn";
}

TEST(CrewState, AMessageGoesThroughEveryLevelAndBack) {
  Crew crew = crew_of_crews(2);
  Crew inner = *crew.each;
  crew.one_way = 8;
  crew.per_piece = 4;
  inner.one_way = 2;
  inner.per_piece = 1;
  crew.each = std::make_shared<const Crew>(inner);
  CrewState state(crew, 4, 1);
  EXPECT_DOUBLE_EQ(take(state, 100), 4 + 8 + 1 + 2 + 100 + 2 + 8);
}

TEST(CrewState, FewSubRootsWithSomeRanksStandForMany) {
  // 8 sub-roots of 8 ranks; 16 of them stand for all: 4 sub-roots with 4 each.
  Crew crew = crew_of(8, 0, false);
  crew.piece = 8;
  crew.each = std::make_shared<const Crew>(crew_of(8, 0, false));
  CrewState all(crew, 64, 1);
  CrewState some(crew, 16, 4);
  for (int chunk = 0; chunk < 3; ++chunk) {
    EXPECT_DOUBLE_EQ(all.take(0, 0, 64, seconds), some.take(0, 0, 16, seconds)) << chunk;
  }
}

}  // namespace
}  // namespace mpisize
