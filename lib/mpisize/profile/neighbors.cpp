// Neighbourhood collectives: the neighbours that a rank sends to, in MPI's order (MPI 3.1, 7.6).
#include "communicator.hpp"
#include "use.hpp"

namespace mpisize::profile {
namespace {

/// Calls visit(i) for each place in the send buffer whose neighbour is there; a Cartesian
/// communicator has places for neighbours beyond the edge too.
template <class Visit>
void for_each_neighbor(MPI_Comm comm, Visit visit) {
  int topology = MPI_UNDEFINED;
  PMPI_Topo_test(comm, &topology);
  int count = 0;
  if (topology == MPI_CART) {
    int dimensions = 0;
    PMPI_Cartdim_get(comm, &dimensions);
    for (int d = 0; d < dimensions; ++d) {
      int below = MPI_PROC_NULL;
      int above = MPI_PROC_NULL;
      PMPI_Cart_shift(comm, d, 1, &below, &above);
      if (below != MPI_PROC_NULL) visit(2 * d);
      if (above != MPI_PROC_NULL) visit(2 * d + 1);
    }
    return;
  }
  if (topology == MPI_GRAPH) {
    PMPI_Graph_neighbors_count(comm, communicator(comm).rank, &count);
  } else if (topology == MPI_DIST_GRAPH) {
    int in = 0;
    int weighted = 0;
    PMPI_Dist_graph_neighbors_count(comm, &in, &count, &weighted);
  }
  for (int i = 0; i < count; ++i) visit(i);
}

}  // namespace

Use neighbor_each(MPI_Comm comm, int count, MPI_Datatype type) {
  Use use = on(comm);
  const std::uint64_t bytes = bytes_of(count, type);
  for_each_neighbor(comm, [&](int /*i*/) { use.bytes += bytes; });
  return use;
}

Use neighbor_v(MPI_Comm comm, const int* counts, MPI_Datatype type) {
  Use use = on(comm);
  for_each_neighbor(comm, [&](int i) { use.bytes += bytes_of(counts[i], type); });
  return use;
}

Use neighbor_w(MPI_Comm comm, const int* counts, const MPI_Datatype* types) {
  Use use = on(comm);
  for_each_neighbor(comm, [&](int i) { use.bytes += bytes_of(counts[i], types[i]); });
  return use;
}

}  // namespace mpisize::profile
