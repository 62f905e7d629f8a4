// Before MPI_Init and after MPI_Finalize. A job of one rank without mpirun; the tests depend on
// their order.
#include <gtest/gtest.h>
#include <mpi.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"

namespace mpisize {
namespace {

double twice(double x) { return 2 * x; }

const std::vector<double> items{1, 2, 3};

std::string refusal() {
  try {
    (void)map(MPI_COMM_WORLD, items, twice);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(Lifetime, CallWithoutMpiIsRefusedBeforeDuringAndAfter) {
  EXPECT_NE(refusal().find("call MPI_Init"), std::string::npos);
  MPI_Init(nullptr, nullptr);
  EXPECT_EQ(map(MPI_COMM_WORLD, items, twice).results, (std::vector<double>{2, 4, 6}));
  MPI_Comm copy = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &copy);
  EXPECT_EQ(map(copy, items, twice).results, (std::vector<double>{2, 4, 6}));
  // What belongs to both communicators is still there.
  MPI_Finalize();
  EXPECT_NE(refusal().find("MPI_Finalize"), std::string::npos);
}

}  // namespace
}  // namespace mpisize
