/// Hands on what came from above, in pieces; smaller ones where little is left.
#pragma once

#include <cstdint>
#include <vector>

#include "mpisize/mpi/relay.hpp"
#include "mpisize/mpi/supply.hpp"

namespace mpisize {

/// How a sub-root hands on.
struct Handing {
  std::int64_t piece = 1;  ///< Items in one message, to the rank with most behind it.
  int queued = 2;          ///< Pieces at a rank, the one in work counted.
  /// Ranks that compute at each rank of the team that takes part: more than one behind a sub-root.
  /// The first is the sub-root itself.
  std::vector<int> computing{};
};

class RelaySupply final : public Supply {
 public:
  RelaySupply(Relay& relay, Handing handing);

  bool take(int rank, int queued, Chunk& chunk) override;
  void returned(int rank, const Chunk& chunk, Seconds busy) override;
  [[nodiscard]] bool exhausted() const override { return ended_; }
  [[nodiscard]] const ChunkControl& control() const override { return control_; }

  /// Of the chunk that was returned last.
  [[nodiscard]] Seconds busy() const { return busy_; }
  void end() { ended_ = true; }

 private:
  Relay* relay_;
  Handing handing_;
  std::int64_t computing_;  ///< Of the whole team.
  std::int64_t most_;       ///< At one of its ranks.
  ChunkControl control_;
  std::vector<std::int64_t> items_at_;  ///< By rank: handed out and not back.
  Seconds busy_{};
  bool ended_ = false;
};

}  // namespace mpisize
