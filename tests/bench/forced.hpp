/// Calls with the choice left free, and with every choice taken.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include <mpisize/mpisize.hpp>

namespace bench {

/// All that can be forced.
struct Choices {
  int ranks = 1;  ///< 1: serial, the rest does not matter.
  mpisize::Schedule schedule = mpisize::Schedule::dynamic;
  std::int64_t chunk = 1;  ///< Not with static_block.
  int queued = 1;          ///< Not with static_block.
  bool root_computes = true;

  [[nodiscard]] int computing() const { return ranks == 1 || root_computes ? ranks : ranks - 1; }
  friend bool operator==(const Choices&, const Choices&) = default;
};

[[nodiscard]] Choices choices_of(const mpisize::Plan& plan);
[[nodiscard]] mpisize::Options forced(const Choices& choices);
/// "9 ranks, dynamic 4 x 2, root computes".
[[nodiscard]] std::string words(const Choices& choices);

}  // namespace bench
