#include <mpisize/mpisize.hpp>
#include <vector>

struct Result {
#ifdef REPAIRED
  Result() = default;
#endif
  explicit Result(double v) : value(v) {}
  double value = 0;
};

int main() {
  const std::vector<double> items;
  (void)mpisize::map(MPI_COMM_WORLD, items, [](double item) { return Result(item); });
}
