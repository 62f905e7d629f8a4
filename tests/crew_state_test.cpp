// A group of ranks behind a sub-root, piece by piece.
#include "mpisize/model/crew_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mpisize {
namespace {

Crew crew_of(int ranks, double ahead, bool leader_computes) {
  Crew crew;
  crew.ranks = crew.all = ranks;
  crew.ahead = ahead;
  crew.leader_computes = leader_computes;
  return crew;
}

/// End of the last of `pieces`, which are all there at 0.
double end_of(CrewState& state, const std::vector<double>& pieces, double handing = 0) {
  double last = 0;
  for (const double work : pieces) last = std::max(last, state.take(0, work, handing));
  return last;
}

TEST(CrewState, PiecesGoToTheRankThatIsFreeFirst) {
  CrewState state(crew_of(2, 0, false), 2);
  // 3 on one rank, 1 + 1 + 1 on the other.
  EXPECT_DOUBLE_EQ(end_of(state, {3, 1, 1, 1}), 3);
}

TEST(CrewState, APieceHandedOnAheadWaitsForItsRank) {
  const Crew crew = crew_of(2, 1, false);
  CrewState state(crew, 2);
  // The first two go out at once, the next two behind them, whoever will be done first.
  EXPECT_DOUBLE_EQ(state.take(0, 3, 0), 3);
  EXPECT_DOUBLE_EQ(state.take(0, 1, 0), 1);
  EXPECT_DOUBLE_EQ(state.take(0, 1, 0), 2);
  EXPECT_DOUBLE_EQ(state.take(0, 1, 0), 4);
}

TEST(CrewState, TheSubRootHandsOnOnePieceAfterTheOther) {
  const Crew crew = crew_of(4, 0, false);
  CrewState state(crew, 4);
  EXPECT_DOUBLE_EQ(end_of(state, {1, 1, 1, 1}, 0.5), 3);
}

TEST(CrewState, InsideAnItemOfItsOwnTheSubRootHandsOnNothing) {
  const Crew crew = crew_of(2, 0, true);
  CrewState state(crew, 2);
  EXPECT_DOUBLE_EQ(state.take(0, 10, 0), 10) << "its own";
  EXPECT_DOUBLE_EQ(state.take(0, 1, 0), 10) << "given out before, but taken in after that";
  EXPECT_DOUBLE_EQ(state.take(0, 1, 0), 11) << "the rank was free at 1, the sub-root at 10";
}

TEST(CrewState, KnowsWhatIsLeft) {
  const Crew crew = crew_of(2, 0, false);
  CrewState state(crew, 2);
  (void)end_of(state, {3, 1});
  EXPECT_DOUBLE_EQ(state.left_after(0), 4);
  EXPECT_DOUBLE_EQ(state.left_after(2), 1);
}

}  // namespace
}  // namespace mpisize
