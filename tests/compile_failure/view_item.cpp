#include <mpisize/mpisize.hpp>
#include <string>
#include <string_view>
#include <vector>

#ifdef REPAIRED
using Item = std::string;
#else
using Item = std::string_view;  // Trivially copyable, but what it shows lies on this rank.
#endif

int main() {
  const std::vector<Item> items;
  (void)mpisize::map(MPI_COMM_WORLD, items, [](const Item& item) { return item.size(); });
}
