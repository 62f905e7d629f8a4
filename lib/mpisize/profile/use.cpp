#include "use.hpp"

namespace mpisize::profile {
namespace {

std::uint64_t sum(const int* counts, int n) {
  std::uint64_t total = 0;
  for (int i = 0; i < n; ++i) {
    if (counts[i] > 0) total += static_cast<std::uint64_t>(counts[i]);
  }
  return total;
}

std::uint64_t size_of(MPI_Datatype type) { return bytes_of(1, type); }

/// Whether this rank is the one that distributes.
bool distributes(const Communicator& comm, int root) {
  return comm.inter ? root == MPI_ROOT : root == comm.rank;
}

/// Whether this rank is one of those that contribute.
bool contributes(const Communicator& comm, int root) {
  return !comm.inter || (root != MPI_ROOT && root != MPI_PROC_NULL);
}

std::uint64_t times(int n, std::uint64_t bytes) {
  return n > 0 ? static_cast<std::uint64_t>(n) * bytes : 0;
}

}  // namespace

Use contribute(MPI_Comm comm, int count, MPI_Datatype type) {
  return {communicator(comm).size(), bytes_of(count, type)};
}

Use bcast(MPI_Comm comm, int root, int count, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  return {known.size(), distributes(known, root) ? bytes_of(count, type) : 0};
}

Use reduce(MPI_Comm comm, int root, int count, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  return {known.size(), contributes(known, root) ? bytes_of(count, type) : 0};
}

Use gather(MPI_Comm comm, int root, const void* from, int count, MPI_Datatype type,
           int in_place_count, MPI_Datatype in_place_type) {
  const Communicator& known = communicator(comm);
  if (!contributes(known, root)) return {known.size(), 0};
  return {known.size(),
          from == MPI_IN_PLACE ? bytes_of(in_place_count, in_place_type) : bytes_of(count, type)};
}

Use gatherv(MPI_Comm comm, int root, const void* from, int count, MPI_Datatype type,
            const int* in_place_counts, MPI_Datatype in_place_type) {
  const Communicator& known = communicator(comm);
  if (!contributes(known, root)) return {known.size(), 0};
  if (from != MPI_IN_PLACE) return {known.size(), bytes_of(count, type)};
  return {known.size(), bytes_of(in_place_counts[known.rank], in_place_type)};
}

Use scatter(MPI_Comm comm, int root, int count, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  if (!distributes(known, root)) return {known.size(), 0};
  return {known.size(), times(known.peers(), bytes_of(count, type))};
}

Use scatterv(MPI_Comm comm, int root, const int* counts, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  if (!distributes(known, root)) return {known.size(), 0};
  return {known.size(), sum(counts, known.peers()) * size_of(type)};
}

Use allgather(MPI_Comm comm, const void* from, int count, MPI_Datatype type, int in_place_count,
              MPI_Datatype in_place_type) {
  return {communicator(comm).size(),
          from == MPI_IN_PLACE ? bytes_of(in_place_count, in_place_type) : bytes_of(count, type)};
}

Use allgatherv(MPI_Comm comm, const void* from, int count, MPI_Datatype type,
               const int* in_place_counts, MPI_Datatype in_place_type) {
  const Communicator& known = communicator(comm);
  if (from != MPI_IN_PLACE) return {known.size(), bytes_of(count, type)};
  return {known.size(), bytes_of(in_place_counts[known.rank], in_place_type)};
}

Use alltoall(MPI_Comm comm, const void* from, int count, MPI_Datatype type, int in_place_count,
             MPI_Datatype in_place_type) {
  const Communicator& known = communicator(comm);
  const std::uint64_t each =
      from == MPI_IN_PLACE ? bytes_of(in_place_count, in_place_type) : bytes_of(count, type);
  return {known.size(), times(known.peers(), each)};
}

Use alltoallv(MPI_Comm comm, const void* from, const int* counts, MPI_Datatype type,
              const int* in_place_counts, MPI_Datatype in_place_type) {
  const Communicator& known = communicator(comm);
  const bool in_place = from == MPI_IN_PLACE;
  return {known.size(), sum(in_place ? in_place_counts : counts, known.peers()) *
                            size_of(in_place ? in_place_type : type)};
}

Use alltoallw(MPI_Comm comm, const void* from, const int* counts, const MPI_Datatype* types,
              const int* in_place_counts, const MPI_Datatype* in_place_types) {
  const Communicator& known = communicator(comm);
  const bool in_place = from == MPI_IN_PLACE;
  Use use{known.size(), 0};
  for (int i = 0; i < known.peers(); ++i) {
    use.bytes +=
        in_place ? bytes_of(in_place_counts[i], in_place_types[i]) : bytes_of(counts[i], types[i]);
  }
  return use;
}

Use reduce_scatter(MPI_Comm comm, const int* counts, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  return {known.size(), sum(counts, known.local) * size_of(type)};
}

Use reduce_scatter_block(MPI_Comm comm, int count, MPI_Datatype type) {
  const Communicator& known = communicator(comm);
  return {known.size(), times(known.local, bytes_of(count, type))};
}

Use on_window(MPI_Win win) { return {window_size(win), 0}; }

Use one_sided(MPI_Win win, int count, MPI_Datatype type) {
  return {window_size(win), bytes_of(count, type)};
}

Use get_accumulate(MPI_Win win, MPI_Op op, int count, MPI_Datatype type, int result_count,
                   MPI_Datatype result_type) {
  return op == MPI_NO_OP ? one_sided(win, result_count, result_type) : one_sided(win, count, type);
}

Use file_data(int count, MPI_Datatype type) { return {0, bytes_of(count, type)}; }

Use collective_file_data(MPI_File file, int count, MPI_Datatype type) {
  return {file_size(file), bytes_of(count, type)};
}

Use on_file(MPI_File file) { return {file_size(file), 0}; }

}  // namespace mpisize::profile
