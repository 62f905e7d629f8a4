#include <mpisize/mpisize.hpp>
#include <vector>

int main() {
  const std::vector<double> items;
#ifdef REPAIRED
  const auto kernel = [](double) { return true; };
#else
  const auto kernel = [](double) {};
#endif
  (void)mpisize::map(MPI_COMM_WORLD, items, kernel);
}
