/// What a program calls in MPI, and how that grows with the number of ranks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/model/collectives.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_points.hpp"

namespace mpisize {

/// Ways in which calls per rank and bytes per call grow with P, the simplest first: those of block
/// decompositions in one, two and three dimensions, of trees, and of roots.
enum class Shape {
  constant,
  chain,               ///< 1 - 1/P: neighbours in a row with ends, on the average.
  inverse,             ///< 1/P
  linear,              ///< P
  inverse_sqrt,        ///< P^-1/2: edge of a square
  inverse_two_thirds,  ///< P^-2/3: face of a cube
  inverse_square,      ///< P^-2: share of a pair
  log,                 ///< log2 P
  others,              ///< P - 1
  plane,               ///< 1 - P^-1/2: neighbours in a plane with ends
  space,               ///< 1 - P^-1/3
  inverse_third,       ///< P^-1/3
  third,               ///< P^1/3
  sqrt                 ///< P^1/2
};
[[nodiscard]] std::string_view name_of(Shape shape);
[[nodiscard]] double value_of(Shape shape, double ranks);

/// coefficient x shape.
struct Grown {
  double coefficient = 0;
  Shape shape = Shape::constant;
  /// More than one number of ranks was seen, and the shape goes through all of them within 2 %.
  bool certain = true;
  [[nodiscard]] double at(double ranks) const { return coefficient * value_of(shape, ranks); }
};

struct Seen {
  double ranks = 2;
  double value = 0;
};
/// The first shape that goes through all values within 2 %, else the one that comes nearest. Counts
/// carry no noise, so parsimony and fit decide alone.
[[nodiscard]] Grown grown(std::span<const Seen> seen);

/// Calls of one kind by a rank.
struct CallKind {
  std::string routine;                   ///< "MPI_Allreduce", or "messages".
  std::optional<Collective> collective;  ///< Empty: messages between two ranks.
  double share = 1;        ///< Of the collective's time: MPI_Reduce_scatter is half an Allreduce.
  Grown calls;             ///< Messages sent, or calls, per rank.
  Grown bytes;             ///< As collective_time() wants them; of one message.
  Grown comm_size;         ///< Ranks of the communicator.
  bool everybody = false;  ///< Messages to all other ranks.
  std::vector<double> distance;  ///< Else exponents: peers are P^e ranks away.
};

/// Messages of a root with its workers, in all.
struct RootTraffic {
  double messages = 0;
  double bytes_out = 0;  ///< Of one message.
  double bytes_in = 0;
};

/// Of a whole run, or of a repetition where times are.
struct ProgramCalls {
  std::vector<CallKind> kinds;
  std::optional<RootTraffic> root;  ///< Master-worker only; then there are no kinds.
  bool dealt = false;               ///< Ranks are dealt to the nodes in turn, instead of in blocks.
  /// Each kind's growth is certain.
  [[nodiscard]] bool certain() const;
  [[nodiscard]] bool empty() const { return kinds.empty() && !root; }
};

/// From the profiled points of two ranks and more. Collectives that are not known as such, and
/// one-sided windows, are left out: the fitted correction carries them.
[[nodiscard]] ProgramCalls program_calls(const ProgramPoints& points);

/// The calls over the links: collectives and exchanges with all peers at once, played out message
/// by message with block placement, one after the other. Beyond 64 ranks the growth from 32 to 64
/// goes on. 0 without links, and of one rank.
[[nodiscard]] Seconds link_time(const ProgramCalls& calls, const Machine& machine,
                                const ProgramConfig& config);

}  // namespace mpisize
