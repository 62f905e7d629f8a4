// Which algorithm Open MPI takes: the tables of coll_tuned_decision_fixed.c, 4.1.
#include <initializer_list>
#include <iterator>

#include "mpisize/model/collectives.hpp"

namespace mpisize {
namespace {

struct Bound {
  std::int64_t below;  ///< Sizes below it take the algorithm.
  Algorithm how;
};
constexpr std::int64_t any = std::int64_t{1} << 62;

Algorithm choose(std::initializer_list<Bound> table, Bytes size) {
  for (const Bound& b : table) {
    if (size.value() < b.below) return b.how;
  }
  return std::prev(table.end())->how;
}

Algorithm bcast_of(int n, Bytes size) {
  using A = Algorithm;
  if (n < 4) {
    return choose({{1024, A::binary_tree},
                   {32768, A::linear},
                   {131072, A::binary_tree},
                   {262144, A::chain},
                   {524288, A::linear},
                   {1048576, A::binomial_tree},
                   {any, A::binary_tree}},
                  size);
  }
  if (n < 8) {
    return choose(
        {{2048, A::binary_tree}, {8192, A::binomial_tree}, {1048576, A::linear}, {any, A::chain}},
        size);
  }
  if (n < 16) {
    return choose({{8, A::knomial_tree},
                   {64, A::binary_tree},
                   {4096, A::knomial_tree},
                   {16384, A::binary_tree},
                   {32768, A::binomial_tree},
                   {any, A::linear}},
                  size);
  }
  if (n < 32) {
    return choose(
        {{4096, A::knomial_tree}, {1048576, A::binomial_tree}, {any, A::scatter_allgather}}, size);
  }
  if (n < 64) return choose({{2048, A::binomial_tree}, {any, A::knomial_tree}}, size);
  if (n < 1024) return A::knomial_tree;
  return choose({{524288, A::knomial_tree}, {any, A::scatter_allgather}}, size);
}

/// The tables name a ring for the smallest messages on 16 to 63 ranks, which Open MPI leaves for
/// recursive doubling where there are fewer elements than ranks; so it does for reduce_scatter and
/// allgather, for reduce and bcast by the root alone (coll_base_allreduce.c). Elements of 8 bytes
/// are assumed.
Algorithm allreduce_of(int n, Bytes size) {
  using A = Algorithm;
  if (n < 16)
    return choose({{8192, A::recursive_doubling}, {any, A::reduce_scatter_allgather}}, size);
  if (n < 32) {
    return choose({{4096, A::recursive_doubling}, {any, A::reduce_scatter_allgather}}, size);
  }
  if (n < 64) {
    return choose(
        {{128, A::recursive_doubling}, {256, A::linear}, {any, A::reduce_scatter_allgather}}, size);
  }
  if (n < 128)
    return choose({{262144, A::recursive_doubling}, {any, A::reduce_scatter_allgather}}, size);
  return choose(
      {{2048, A::reduce_bcast}, {16384, A::recursive_doubling}, {any, A::reduce_scatter_allgather}},
      size);
}

Algorithm alltoall_of(int n, Bytes size) {
  using A = Algorithm;
  if (n < 8) return choose({{524288, A::linear}, {1048576, A::pairwise}, {any, A::linear}}, size);
  if (n < 16) return A::linear;
  if (n < 64) return choose({{512, A::bruck}, {any, A::linear}}, size);
  return choose({{1024, A::bruck}, {262144, A::linear}, {any, A::pairwise}}, size);
}

Algorithm reduce_of(int n, Bytes size) {
  using A = Algorithm;
  if (n < 4) return choose({{262144, A::linear}, {any, A::chain}}, size);
  if (n < 8) {
    return choose({{4096, A::binary_tree},
                   {65536, A::chain},
                   {262144, A::binomial_tree},
                   {524288, A::linear},
                   {1048576, A::binomial_tree},
                   {any, A::linear}},
                  size);
  }
  if (n < 16) return choose({{8192, A::binary_tree}, {any, A::binomial_tree}}, size);
  if (n < 32) return choose({{4096, A::binary_tree}, {any, A::binomial_tree}}, size);
  return A::binomial_tree;
}

/// A ring (of neighbours in pairs, in Open MPI) from 80 kB in all.
Algorithm allgather_of(int n, Bytes size) {
  constexpr std::int64_t ring_from = 81920;
  return size.value() * n < ring_from ? Algorithm::bruck : Algorithm::ring;
}

Algorithm barrier_of(int n) {
  if (n >= 4 && n < 8) return Algorithm::linear;
  if (n < 64) return Algorithm::recursive_doubling;
  if (n < 256 || (n >= 512 && n < 1024) || n >= 4096) return Algorithm::bruck;
  return Algorithm::double_tree;
}

}  // namespace

Algorithm algorithm_of(Collective what, int ranks, Bytes size) {
  switch (what) {
    case Collective::bcast:
      return bcast_of(ranks, size);
    case Collective::reduce:
      return reduce_of(ranks, size);
    case Collective::allreduce:
      return allreduce_of(ranks, size);
    case Collective::alltoall:
      return alltoall_of(ranks, size);
    case Collective::barrier:
      return barrier_of(ranks);
    case Collective::allgather:
      return allgather_of(ranks, size);
    default:
      return Algorithm::linear;
  }
}

}  // namespace mpisize
