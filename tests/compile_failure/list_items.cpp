#include <list>
#include <mpisize/mpisize.hpp>
#include <vector>

int main() {
#ifdef REPAIRED
  const std::vector<double> items;
#else
  const std::list<double> items;
#endif
  (void)mpisize::map(MPI_COMM_WORLD, items, [](double item) { return item; });
}
