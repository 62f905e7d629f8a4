/// Why a program is to be started that way, in sentences.
#pragma once

#include "mpisize/choose/program_planner.hpp"

namespace mpisize {

/// What was weighed.
struct ProgramDeliberation {
  std::vector<ProgramCandidate> candidates;  ///< Predicted ones.
  std::vector<ProgramCandidate> refused;
  std::optional<ProgramCandidate> serial;     ///< One rank, if it was among the candidates.
  std::optional<ProgramCandidate> unlimited;  ///< Best if no limit held.
  bool gain_in_doubt = false;  ///< The best was faster than one rank, but not surely.
};

/// Writes reasons and would_change.
void explain(const ProgramRequest& request, const ProgramDeliberation& weighed,
             ProgramChoice& choice);

/// "16 ranks on 4 nodes: 12.3 s (90 %: 11.9 s to 13.1 s)".
[[nodiscard]] std::string describe(const ProgramCandidate& candidate);

}  // namespace mpisize
