#include "mpisize/model/chunk_control.hpp"

#include <algorithm>
#include <cmath>

namespace mpisize {
namespace {

/// Weight of the newest chunk in the means: they look back over about 16 of them.
constexpr double newest = 1.0 / 16;
constexpr std::int64_t fewest_chunks = 8;
constexpr std::size_t longest_log = 100;

}  // namespace

ChunkControl::ChunkControl(std::int64_t chunk, Seconds item, int ranks, bool root_computes,
                           std::int64_t most)
    : item_seconds_(item.value()),
      chunk_seconds_(item.value() * static_cast<double>(chunk)),
      most_(std::max(most, chunk)),
      root_computes_(root_computes || ranks <= 1),
      ranks_(static_cast<std::size_t>(std::max(1, ranks))) {
  for (Pace& pace : ranks_) {
    pace.chunk = std::max<std::int64_t>(1, chunk);
    pace.planned = item_seconds_;
    pace.mean = item_seconds_;
  }
  weights_ = static_cast<double>(ranks_.size()) - (root_computes_ ? 0 : 1);
}

void ChunkControl::done(int rank, std::int64_t items, Seconds busy) {
  done_ += items;
  const auto r = static_cast<std::size_t>(rank);
  if (r >= ranks_.size() || item_seconds_ <= 0 || items <= 0) return;
  Pace& pace = ranks_[r];
  pace.untimed += items;
  if (busy.value() <= 0) return;
  const double seconds = busy.value() / static_cast<double>(pace.untimed);
  pace.untimed = 0;
  ++pace.chunks;
  // Plain means at first, so that the plan's guess does not linger.
  const double part = std::max(newest, 1.0 / static_cast<double>(pace.chunks));
  const double step = seconds - pace.mean;
  pace.mean += part * step;
  pace.variance = (1 - part) * (pace.variance + part * step * step);
  adapt(rank, pace);
}

void ChunkControl::adapt(int rank, Pace& pace) {
  if (pace.chunks < fewest_chunks) return;
  const double off = pace.mean / pace.planned;
  if (off < tolerance && off * tolerance > 1) return;
  // Variance of the weighted mean: that of a value times a / (2 - a).
  const double part = std::max(newest, 1.0 / static_cast<double>(pace.chunks));
  constexpr double sure = 4;
  if (std::abs(pace.mean - pace.planned) < sure * std::sqrt(pace.variance * part / (2 - part))) {
    return;
  }
  const auto fitting = static_cast<std::int64_t>(
      std::llround(std::clamp(chunk_seconds_ / pace.mean, 1.0, static_cast<double>(most_))));
  const Adaptation change{done_, rank, pace.chunk, fitting, pace.mean};
  pace.planned = pace.mean;
  pace.chunk = fitting;
  const double weight = item_seconds_ / pace.mean;
  weights_ += weight - pace.weight;
  pace.weight = weight;
  ++changes_;
  if (log_.size() < longest_log) log_.push_back(change);
}

std::int64_t ChunkControl::next(int rank) const {
  return ranks_[std::min(static_cast<std::size_t>(rank), ranks_.size() - 1)].chunk;
}

double ChunkControl::share(int rank) const {
  const auto r = static_cast<std::size_t>(rank);
  if (r >= ranks_.size() || (r == 0 && !root_computes_)) return 0;
  return ranks_[r].weight / weights_;
}

}  // namespace mpisize
