/// What the command line of mpisize_bench says.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

struct Settings {
  std::string row;
  std::int64_t items = 0;       ///< Of one call.
  int rounds = 5;               ///< Interleaved repetitions.
  int attempts = 3;             ///< While others disturb.
  std::string kind;             ///< Workload of the suite.
  bool sleeping = false;        ///< The items of the suite sleep; otherwise they compute.
  double scale = 1;             ///< Serial time of the suite over 4 s.
  double budget = 600;          ///< Seconds that a sweep may take.
  std::string pattern = "map";  ///< Of the suite: map, batch or stream.
  bool natural = false;  ///< serial: a kernel that fills the machine by itself, verdict not forced.
  bool verbose = false;  ///< regret: each run of the sweep on stderr.
  double mean = 1e-3;    ///< Of the item times of order and against_map, seconds.
  int cap = 64;          ///< Of capped, in MiB.
  std::uint64_t seed = 1;
};

}  // namespace bench
