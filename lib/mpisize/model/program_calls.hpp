/// What a program calls in MPI, and how that grows with the number of ranks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/call_growth.hpp"
#include "mpisize/model/collectives.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_points.hpp"

namespace mpisize {

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

/// Whether the routine is a collective that the link model knows, blocking or not.
[[nodiscard]] bool is_known_collective(const std::string& routine);

/// From the profiled points of two ranks and more. Collectives that are not known as such, and
/// one-sided windows, are left out: the fitted correction carries them.
[[nodiscard]] ProgramCalls program_calls(const ProgramPoints& points);

/// The calls over the links: collectives and exchanges with all peers at once, played out message
/// by message with block placement, one after the other. Beyond 64 ranks the growth from 32 to 64
/// goes on. 0 without links, and of one rank.
[[nodiscard]] Seconds link_time(const ProgramCalls& calls, const Machine& machine,
                                const ProgramConfig& config);

/// What taking in its workers' messages keeps a root busy, which no profile tells from waiting for
/// them: long ones hold it until they are there (rendezvous), short ones as long as its port. 0
/// without a root and without links.
[[nodiscard]] Seconds root_receive_time(const ProgramCalls& calls, const Machine& machine,
                                        const ProgramConfig& config);

}  // namespace mpisize
