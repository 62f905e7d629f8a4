#include <mpisize/mpisize.hpp>
#include <string>
#include <vector>

struct Item {
  std::string name;
#ifdef REPAIRED
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name);
  }
#endif
};

int main() {
  const std::vector<Item> items;
  (void)mpisize::map(MPI_COMM_WORLD, items, [](const Item& item) { return item.name.size(); });
}
