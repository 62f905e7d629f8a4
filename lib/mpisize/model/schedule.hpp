/// Loop schedules: how many items each chunk has, in the order in which chunks are handed out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mpisize/base/units.hpp"

namespace mpisize {

enum class Schedule {
  static_block,  ///< One block of N / P items per rank.
  dynamic,       ///< Chunks of a fixed number of items, handed out on demand (chunk 1: SS).
  guided,        ///< GSS: ceil(R / P) of the R items left (Polychronopoulos and Kuck 1987).
  factoring,  ///< FAC2: batches of P chunks, each batch half of what is left (Hummel et al. 1992).
  fixed_size  ///< FSC: the fixed chunk of `fixed_size_chunk` (Kruskal and Weiss 1985).
};
[[nodiscard]] std::string_view name_of(Schedule schedule);
[[nodiscard]] std::optional<Schedule> schedule_named(std::string_view name);

/// FSC: c = (sqrt(2) N h / (sigma P sqrt(ln P)))^(2/3), h the cost of a chunk, sigma the standard
/// deviation of an item time, P the ranks that compute; N / P if P = 1, sigma = 0 or h = 0. At
/// least 1.
[[nodiscard]] std::int64_t fixed_size_chunk(std::int64_t items, int computing, Seconds per_chunk,
                                            Seconds sigma);

/// The chunk sizes of a schedule, one after the other. `chunk` is the size for dynamic and
/// fixed_size and the smallest size for guided and factoring; static_block does not use it.
class ChunkSequence {
 public:
  /// Throws std::invalid_argument if items < 0, computing < 1 or chunk < 1.
  ChunkSequence(Schedule schedule, std::int64_t items, int computing, std::int64_t chunk);

  /// Size of the next chunk; 0 when all items are handed out.
  [[nodiscard]] std::int64_t next();
  [[nodiscard]] std::int64_t left() const { return left_; }
  /// Items of the chunk just given that were not taken after all; of dynamic schedules.
  void give_back(std::int64_t items) { left_ += items; }

 private:
  Schedule schedule_;
  std::int64_t computing_;
  std::int64_t chunk_;
  std::int64_t left_;
  std::int64_t batch_left_ = 0;   ///< Chunks left in the batch (factoring, static_block).
  std::int64_t batch_chunk_ = 0;  ///< Their size.
};

/// Number of chunks of the whole sequence; closed form, no loop over chunks for fixed sizes.
[[nodiscard]] std::int64_t chunk_count(Schedule schedule, std::int64_t items, int computing,
                                       std::int64_t chunk);

}  // namespace mpisize
