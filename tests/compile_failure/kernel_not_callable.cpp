#include <mpisize/mpisize.hpp>
#include <string>
#include <vector>

int main() {
  const std::vector<double> items;
#ifdef REPAIRED
  const auto kernel = [](double value) { return value; };
#else
  const auto kernel = [](const std::string& text) { return text.size(); };
#endif
  (void)mpisize::map(MPI_COMM_WORLD, items, kernel);
}
