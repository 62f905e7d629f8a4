#include <mpisize/mpisize.hpp>
#include <vector>

int main() {
#ifdef REPAIRED
  const std::vector<char> items;
#else
  const std::vector<bool> items;
#endif
  (void)mpisize::map(MPI_COMM_WORLD, items, [](bool item) { return !item; });
}
