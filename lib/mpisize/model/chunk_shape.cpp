#include "mpisize/model/chunk_shape.hpp"

#include <algorithm>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

constexpr std::int64_t least_bytes = std::int64_t{16} << 10U;
constexpr std::int64_t good_bytes = std::int64_t{1} << 20U;
constexpr std::int64_t packed_bytes = std::int64_t{256} << 10U;

/// The largest divisor of `rows` up to `most`, or `most` if the divisors are all far below.
std::int64_t part_of(std::int64_t rows, std::int64_t most) {
  if (rows <= most) return rows;
  for (std::int64_t parts = (rows + most - 1) / most; parts <= rows && rows / parts * 4 > most;
       ++parts) {
    if (rows % parts == 0) return rows / parts;
  }
  return most;
}

}  // namespace

ChunkShape advise_chunks(const DatasetUse& use) {
  ChunkShape shape;
  const std::int64_t row = std::max<std::int64_t>(1, use.row.value());
  const std::int64_t most = std::max<std::int64_t>(1, good_bytes / row);
  const std::int64_t message =
      std::clamp<std::int64_t>(use.rows_a_message, 1, std::max<std::int64_t>(1, use.rows));
  if (message * row >= least_bytes || message == use.rows) {
    if (message * row >= least_bytes || use.compressed) {
      shape.rows = part_of(message, most);
      shape.reasons.push_back("Chunks of " + human_count(*shape.rows) + " rows (" +
                              human(Bytes(*shape.rows * row)) + "): " + human_count(message) +
                              " rows are read or written at a time, so that no chunk has two "
                              "writers and none is read twice.");
      return shape;
    }
  }
  if (!use.compressed) {
    shape.reasons.push_back("Contiguous: what is written at a time, " +
                            human(Bytes(message * row)) +
                            ", is too little for a chunk of its own.");
    return shape;
  }
  shape.rows = std::clamp<std::int64_t>(packed_bytes / row, 1, std::max<std::int64_t>(1, use.rows));
  shape.reasons.push_back("Chunks of " + human_count(*shape.rows) + " rows (" +
                          human(Bytes(*shape.rows * row)) +
                          "): large enough to compress; several ranks share one, which collective "
                          "writes bring together.");
  return shape;
}

double read_amplification(std::int64_t chunk_rows, std::int64_t rows_a_message,
                          bool cache_holds_a_chunk) {
  const auto chunk = static_cast<double>(std::max<std::int64_t>(1, chunk_rows));
  const auto message = static_cast<double>(std::max<std::int64_t>(1, rows_a_message));
  // Messages that begin anywhere touch this many chunks at the mean; aligned ones fewer.
  const bool aligned = rows_a_message % chunk_rows == 0 || chunk_rows % rows_a_message == 0;
  const double touched = aligned ? std::max(1.0, message / chunk) : (message - 1) / chunk + 1;
  const double read = touched * chunk / message;
  if (aligned && message < chunk && cache_holds_a_chunk) return 1;  // Each rank keeps its chunk.
  return std::max(1.0, read);
}

}  // namespace mpisize
