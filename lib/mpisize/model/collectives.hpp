/// Collective operations as the messages that Open MPI makes of them.
#pragma once

#include <string_view>
#include <vector>

#include "mpisize/model/message_program.hpp"

namespace mpisize {

enum class Collective { scatterv, gatherv, bcast, reduce, allreduce, alltoall, barrier, allgather };
[[nodiscard]] std::string_view name_of(Collective what);

/// How a collective is carried out (Thakur, Rabenseifner and Gropp 2005 describe most of them).
enum class Algorithm {
  linear,  ///< Root and everybody else, all at once.
  chain,   ///< Four chains from the root.
  binary_tree,
  binomial_tree,
  knomial_tree,       ///< Radix 4.
  scatter_allgather,  ///< Binomial scatter, recursive doubling.
  recursive_doubling,
  reduce_scatter_allgather,  ///< Rabenseifner 2004.
  ring,
  reduce_bcast,  ///< One after the other.
  pairwise,
  bruck,       ///< Bruck, Ho, Kipnis, Upfal and Weathersby 1997.
  double_tree  ///< Up and down a binomial tree.
};

/// What Open MPI 4.1 takes for a commutative operation (coll/tuned, fixed decisions, as far as this
/// model knows them; v-variants are linear). `size`: bytes per rank pair (alltoall), per rank
/// (scatterv, gatherv, allgather), in all (else).
[[nodiscard]] Algorithm algorithm_of(Collective what, int ranks, Bytes size);

/// The messages of it; rank 0 is the root. Throws std::invalid_argument if the collective cannot be
/// carried out that way.
[[nodiscard]] MessageProgram program_of(Collective what, Algorithm how, int ranks, Bytes size);

/// One after the other, by the same ranks.
[[nodiscard]] MessageProgram in_sequence(MessageProgram first, const MessageProgram& second);

/// From the moment that all ranks enter to the moment that the last one leaves.
[[nodiscard]] Seconds collective_time(const MessagePlayer& player, Collective what, Bytes size);

}  // namespace mpisize
