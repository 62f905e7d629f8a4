#include "mpisize/mpi/relay_supply.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mpisize {

RelaySupply::RelaySupply(Relay& relay, Handing handing)
    : relay_(&relay),
      handing_(std::move(handing)),
      computing_(std::max<std::int64_t>(
          1,
          std::accumulate(handing_.computing.begin(), handing_.computing.end(), std::int64_t{0}))),
      most_(std::max(1, *std::max_element(handing_.computing.begin(), handing_.computing.end()))),
      control_(handing_.piece, Seconds(0), static_cast<int>(handing_.computing.size()), true),
      items_at_(handing_.computing.size()) {}

bool RelaySupply::take(int rank, int queued, Chunk& chunk) {
  if (relay_->left() == 0 || queued >= handing_.queued) return false;
  const auto r = static_cast<std::size_t>(rank);
  const std::int64_t its = std::max(1, handing_.computing[r]);
  // Inside an item of its own the sub-root takes in nothing: it computes while all others will
  // have enough meanwhile.
  const bool own = rank == root_rank;
  if (own && computing_ > its && relay_->left() < computing_ * handing_.piece) return false;
  const std::int64_t share = (relay_->left() * its + computing_ - 1) / computing_;
  const std::int64_t piece = std::max<std::int64_t>(1, handing_.piece * its / most_);
  const std::int64_t count = std::min(piece, share);
  if (queued > 0 && (items_at_[r] + count) * computing_ > relay_->undone() * its) return false;
  relay_->take(count, own ? Relay::Runs::one : Relay::Runs::many, chunk);
  items_at_[r] += chunk.items;
  return true;
}

void RelaySupply::returned(int rank, const Chunk& chunk, Seconds busy) {
  items_at_[static_cast<std::size_t>(rank)] -= chunk.items;
  busy_ = busy;
}

}  // namespace mpisize
