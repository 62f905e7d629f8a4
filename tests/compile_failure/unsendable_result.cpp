#include <mpisize/mpisize.hpp>
#include <string>
#include <vector>

struct Result {
  std::string name;
#ifdef REPAIRED
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name);
  }
#endif
};

int main() {
  const std::vector<int> items;
  (void)mpisize::map(MPI_COMM_WORLD, items, [](int item) { return Result{std::to_string(item)}; });
}
