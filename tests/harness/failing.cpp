// A test that fails on one rank only while the others wait in a collective: mpi_main.cpp must end
// the job and name the rank.
#include <gtest/gtest.h>
#include <mpi.h>

TEST(MpiMain, AnAssertionThatFailsOnOneRankEndsTheJob) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  ASSERT_NE(rank, 1);
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST(MpiMain, AnExpectationThatFailsOnOneRankFailsTheJob) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  EXPECT_NE(rank, 1);
}
