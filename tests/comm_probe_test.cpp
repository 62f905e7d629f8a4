#include "mpisize/mpi/comm_probe.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <stdexcept>
#include <vector>

namespace mpisize {
namespace {

int rank_here() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int world_size() {
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

/// Links of a probe that is long enough for all sizes.
const std::vector<Link>& probed() {
  static const std::vector<Link> links = probe_links(MPI_COMM_WORLD, Seconds(0.5));
  return links;
}

TEST(ProbeLinks, OneHostHasOneLinkForEachLevelOfItsRanks) {
  if (world_size() == 1) {
    EXPECT_TRUE(probed().empty());
    return;
  }
  ASSERT_FALSE(probed().empty());
  for (std::size_t i = 0; i < probed().size(); ++i) {
    EXPECT_NE(probed()[i].level, Level::between_nodes);
    if (i == 0) continue;
    EXPECT_LT(probed()[i - 1].level, probed()[i].level);
  }
}

TEST(ProbeLinks, EveryRankGetsTheSameLinks) {
  double alpha = probed().empty() ? 0 : probed()[0].pieces[0].cost.alpha.value();
  const double mine = alpha;
  MPI_Bcast(&alpha, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  EXPECT_EQ(mine, alpha);
  auto pieces = static_cast<int>(probed().empty() ? 0 : probed()[0].pieces.size());
  const int my_pieces = pieces;
  MPI_Bcast(&pieces, 1, MPI_INT, 0, MPI_COMM_WORLD);
  EXPECT_EQ(my_pieces, pieces);
}

TEST(ProbeLinks, LargeMessagesTakeLongerThanSmallOnes) {
  for (const Link& link : probed()) {
    EXPECT_EQ(link.source, Source::measured);
    EXPECT_GT(message_time(link, Bytes(1)), Seconds(0));
    EXPECT_GT(message_time(link, Bytes(1 << 22)), 10 * message_time(link, Bytes(1)));
  }
}

TEST(ProbeLinks, NoTimeGivesNoLinkRatherThanABadOne) {
  for (const Link& link : probe_links(MPI_COMM_WORLD, Seconds(0))) {
    ADD_FAILURE() << "a link of " << link.pieces.size() << " pieces";
  }
}

TEST(ProbeLinks, LinkThatHasNotSeenTheBandwidthIsNotGiven) {
  for (const Link& link : probe_links(MPI_COMM_WORLD, Seconds(0.02))) {
    EXPECT_GT(link.pieces.back().cost.beta, SecondsPerByte(0));
  }
}

TEST(ProbeLinks, ProgressRisesOnTheRootOnly) {
  std::vector<double> seen;
  static_cast<void>(
      probe_links(MPI_COMM_WORLD, Seconds(0.05), [&](double share) { seen.push_back(share); }));
  if (rank_here() != 0) {
    EXPECT_TRUE(seen.empty());
    return;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_GE(seen[i], i == 0 ? 0 : seen[i - 1]);
    EXPECT_LE(seen[i], 1);
  }
}

TEST(ProbeLinks, MessagesOfTheUserAreLeftAlone) {
  // One under way on the user's communicator, with the tags that the probe uses itself.
  int sent = 42;
  int received = 0;
  MPI_Request requests[2];
  MPI_Irecv(&received, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &requests[0]);
  static_cast<void>(probe_links(MPI_COMM_WORLD, Seconds(0.01)));
  MPI_Isend(&sent, 1, MPI_INT, rank_here(), 1, MPI_COMM_WORLD, &requests[1]);
  MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
  EXPECT_EQ(received, 42);
}

TEST(ProbeLinks, IntercommunicatorIsRefused) {
  if (world_size() < 2) return;
  MPI_Comm half = MPI_COMM_NULL;
  const int side = rank_here() % 2;
  MPI_Comm_split(MPI_COMM_WORLD, side, rank_here(), &half);
  MPI_Comm inter = MPI_COMM_NULL;
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - side, 0, &inter);
  EXPECT_THROW(static_cast<void>(probe_links(inter, Seconds(0.01))), std::invalid_argument);
  MPI_Comm_free(&inter);
  MPI_Comm_free(&half);
}

}  // namespace
}  // namespace mpisize
