#include <mpisize/mpisize.hpp>
#include <vector>

int main() {
  const std::vector<double> values;
#ifdef REPAIRED
  const std::vector<double>& items = values;
  const auto kernel = [](double value) { return value; };
#else
  const std::vector<const double*> items;
  const auto kernel = [](const double* value) { return *value; };
#endif
  (void)mpisize::map(MPI_COMM_WORLD, items, kernel);
}
