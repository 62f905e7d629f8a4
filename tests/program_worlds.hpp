/// Programs whose laws are known, run step by step on links that are not quite those of the machine
/// file: what the scaling model is held against. Nothing of the model is used, but the player of
/// messages.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_run.hpp"

namespace mpisize::worlds {

enum class Kind {
  halo,       ///< Row of ranks, neighbours exchange edges that stay as long.
  plane,      ///< Square of blocks, edges shrink with P^-1/2.
  transpose,  ///< Alltoall, the share of a pair shrinks with P^-2.
  gradient,   ///< Two Allreduce of few bytes a step.
  master      ///< Rank 0 hands out items of random length.
};
[[nodiscard]] std::string_view name_of(Kind kind);

struct World {
  Kind kind = Kind::gradient;
  int steps = 20;
  double work = 1;          ///< Seconds of computing a step, of all ranks together.
  double replicated = 0;    ///< Seconds a step that every rank computes.
  double root_serial = 0;   ///< Seconds a step of rank 0 alone.
  double imbalance = 0;     ///< Relative standard deviation of a rank's share, the same every step.
  double step_noise = 0;    ///< Relative, of every rank's every step.
  double run_noise = 0.02;  ///< Relative, of all computing of a run.
  std::int64_t bytes = 8;   ///< Edge, array in all, vector, or item.
  int items = 400;          ///< Of a master.
  bool weak = false;        ///< `work` is of each rank.
  int cores = 4;            ///< Of a node: more ranks go to the next one.
  double link_error = 1;    ///< The links are slower than the machine file says by this factor.
  double crowd = 0;         ///< Seconds that every rank adds to every collective.
  double launch = 0.3;
  double launch_per_rank = 0.02;
  std::uint64_t seed = 1;  ///< Of the imbalance.
  double alpha = 100e-6;   ///< Of the machine file, between nodes.
  double beta = 2e-9;
};

/// One of the family, by its seed: communication is from nothing to about a third at 32 ranks.
[[nodiscard]] World world_of(Kind kind, std::uint64_t seed);

/// What was measured of the machine before.
[[nodiscard]] Machine machine_of(const World& world);

[[nodiscard]] ProgramRun run(const World& world, int ranks, std::uint64_t seed);

/// `repeats` runs of each count.
[[nodiscard]] std::vector<ProgramRun> sample(const World& world, const std::vector<int>& counts,
                                             int repeats, std::uint64_t seed);

/// Mean wall time of many runs.
[[nodiscard]] double truth(const World& world, int ranks);

/// Nothing but the wall time.
[[nodiscard]] std::vector<ProgramRun> unprofiled(std::vector<ProgramRun> runs);

}  // namespace mpisize::worlds
