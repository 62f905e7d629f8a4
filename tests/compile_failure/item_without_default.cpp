#include <mpisize/mpisize.hpp>
#include <string>
#include <vector>

struct Item {
#ifdef REPAIRED
  Item() = default;
#endif
  explicit Item(std::string n) : name(std::move(n)) {}
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name);
  }
  std::string name;
};

int main() {
  const std::vector<Item> items;
  (void)mpisize::map(MPI_COMM_WORLD, items, [](const Item& item) { return item.name.size(); });
}
