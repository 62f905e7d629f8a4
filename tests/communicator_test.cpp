#include "mpisize/mpi/communicator.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace {

int duplicated = 0;
int freed = 0;

void ignore_errors(MPI_Comm*, int*, ...) {}  // NOLINT(cert-dcl50-cpp): MPI's type.

}  // namespace

// Counted through MPI's profiling interface: these stand in front of the library's own.
extern "C" {

int MPI_Comm_idup(MPI_Comm comm, MPI_Comm* copy, MPI_Request* request) {
  ++duplicated;
  return PMPI_Comm_idup(comm, copy, request);
}

int MPI_Comm_dup(MPI_Comm comm, MPI_Comm* copy) {
  ++duplicated;
  return PMPI_Comm_dup(comm, copy);
}

int MPI_Comm_free(MPI_Comm* comm) {
  ++freed;
  return PMPI_Comm_free(comm);
}
}

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

void expect_right(MPI_Comm comm, std::int64_t n = 60) {
  const auto items = numbers_at_root(n, comm);
  const auto outcome = map(comm, items, rough, on_all_ranks(comm));
  EXPECT_EQ(outcome.results, plain_loop(items, rough));
}

/// A communicator of this test only.
MPI_Comm copy_of_world() {
  MPI_Comm comm = MPI_COMM_NULL;
  PMPI_Comm_dup(MPI_COMM_WORLD, &comm);
  return comm;
}

std::string refusal(MPI_Comm comm) {
  try {
    (void)map(comm, numbers(3), rough);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Communicator, NullIsRefused) {
  EXPECT_NE(refusal(MPI_COMM_NULL).find("MPI_COMM_NULL"), std::string::npos);
}

TEST(Communicator, IntercommunicatorIsRefusedWithTheRepair) {
  if (size_of() < 2) return;
  MPI_Comm half = MPI_COMM_NULL;
  const int side = rank_of() % 2;
  MPI_Comm_split(MPI_COMM_WORLD, side, rank_of(), &half);
  MPI_Comm inter = MPI_COMM_NULL;
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - side, 0, &inter);
  EXPECT_NE(refusal(inter).find("MPI_Intercomm_merge"), std::string::npos);
  MPI_Comm_free(&inter);
  MPI_Comm_free(&half);
}

TEST(Communicator, SelfIsACommunicatorLikeAnyOther) { expect_right(MPI_COMM_SELF); }

TEST(Communicator, IsDuplicatedOnceForAllCalls) {
  MPI_Comm comm = copy_of_world();
  duplicated = 0;
  freed = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto outcome = map(comm, numbers_at_root(i % 5, comm), rough);
    EXPECT_EQ(outcome.results.size(), is_root() ? static_cast<std::size_t>(i % 5) : 0U);
  }
  expect_right(comm);
  EXPECT_EQ(duplicated, 1);
  EXPECT_EQ(freed, 0);
  PMPI_Comm_free(&comm);
  EXPECT_EQ(freed, 1);
}

TEST(Communicator, GoesWithTheUsers) {
  // More than MPI has room for at the same time.
  for (int i = 0; i < 200; ++i) {
    MPI_Comm comm = copy_of_world();
    (void)map(comm, numbers_at_root(3), rough);
    PMPI_Comm_free(&comm);
  }
}

TEST(Communicator, CopyOfTheUsersGetsItsOwn) {
  MPI_Comm first = copy_of_world();
  expect_right(first);
  MPI_Comm second = MPI_COMM_NULL;
  PMPI_Comm_dup(first, &second);
  duplicated = 0;
  expect_right(second);
  EXPECT_EQ(duplicated, 1);
  PMPI_Comm_free(&first);
  expect_right(second);
  PMPI_Comm_free(&second);
}

TEST(Communicator, GroupsWorkAtTheSameTime) {
  MPI_Comm group = MPI_COMM_NULL;
  const int colour = rank_of() % 2;
  MPI_Comm_split(MPI_COMM_WORLD, colour, -rank_of(), &group);
  for (int i = 0; i < 5; ++i) expect_right(group, 30 + 20 * colour);
  // One group calls more often than the other.
  if (colour == 1) {
    for (int i = 0; i < 20; ++i) expect_right(group);
  }
  MPI_Comm_free(&group);
  expect_right(MPI_COMM_WORLD);
}

TEST(Communicator, CallsOnSeveralCommunicatorsFollowOneAnother) {
  MPI_Comm group = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, rank_of() < size_of() / 2 ? 0 : 1, rank_of(), &group);
  for (int i = 0; i < 3; ++i) {
    expect_right(MPI_COMM_WORLD);
    expect_right(group);
    expect_right(MPI_COMM_SELF);
  }
  MPI_Comm_free(&group);
}

TEST(Communicator, KernelMayCallMapOnItself) {
  const auto outer = [](double x) {
    const auto inner = map(MPI_COMM_SELF, std::vector<double>{x, x + 1}, rough);
    return inner.results[0] + inner.results[1];
  };
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(40), outer, on_all_ranks());
  EXPECT_EQ(outcome.results,
            plain_loop(numbers_at_root(40), [](double x) { return rough(x) + rough(x + 1); }));
}

TEST(Communicator, ErrorHandlerOfTheUserStays) {
  MPI_Comm comm = copy_of_world();
  MPI_Errhandler mine = MPI_ERRHANDLER_NULL;
  MPI_Comm_create_errhandler(ignore_errors, &mine);
  MPI_Comm_set_errhandler(comm, mine);
  expect_right(comm);
  MPI_Errhandler after = MPI_ERRHANDLER_NULL;
  MPI_Comm_get_errhandler(comm, &after);
  EXPECT_EQ(after, mine);
  MPI_Errhandler_free(&after);
  MPI_Errhandler_free(&mine);
  PMPI_Comm_free(&comm);
}

TEST(Communicator, MessagesOfTheUserAreLeftAlone) {
  int sent = 42;
  int received = 0;
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Irecv(&received, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
  expect_right(MPI_COMM_WORLD);
  EXPECT_EQ(received, 0);
  MPI_Barrier(MPI_COMM_WORLD);  // Only now may the neighbour's come.
  MPI_Send(&sent, 1, MPI_INT, (rank_of() + 1) % size_of(), 7, MPI_COMM_WORLD);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  EXPECT_EQ(received, 42);
}

TEST(Communicator, KnowsItsRanksAndHost) {
  const Communicator& world = Communicator::of(MPI_COMM_WORLD);
  EXPECT_EQ(world.rank(), rank_of());
  EXPECT_EQ(world.size(), size_of());
  EXPECT_EQ(world.nodes(), 1);
  EXPECT_EQ(world.ranks_here(), size_of());
  EXPECT_FALSE(world.pus_here().empty());
  EXPECT_FALSE(world.host().empty());
}

// Last on purpose: it and MPI_COMM_WORLD's own are still there when MPI is finalised.
TEST(Communicator, MayOutliveTheTests) {
  MPI_Comm comm = copy_of_world();
  expect_right(comm);
}

}  // namespace
}  // namespace mpisize
