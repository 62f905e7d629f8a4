/// How many rows of a dataset make one of its chunks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// What is known of a dataset and its use.
struct DatasetUse {
  std::int64_t rows = 0;
  Bytes row{};                      ///< Bytes of one row.
  std::int64_t rows_a_message = 1;  ///< That a rank reads or writes at a time.
  bool compressed = false;          ///< Filters need chunks.
};

/// Rows of a chunk; empty: contiguous, without chunks.
struct ChunkShape {
  std::optional<std::int64_t> rows;
  std::vector<std::string> reasons;
};

/// Chunks as large as what a rank reads or writes at a time, or equal parts of that, near 1 MiB: no
/// chunk then has two writers, and none is read twice. Where that would be less than 16 KiB the
/// dataset is contiguous, or, if compressed, has chunks of 256 KiB that a collective write brings
/// together. Sources: HDF Group, "Chunking in HDF5" (10 KiB to 1 MiB, up to 4 MiB for large data;
/// an entry costs metadata and a look-up); h5py manual, "Chunked storage".
[[nodiscard]] ChunkShape advise_chunks(const DatasetUse& use);

/// What reading `use.rows_a_message` consecutive rows at a time costs with chunks of `chunk_rows`
/// of a dataset whose chunks hold all of a row: bytes read for each byte asked for, at the mean.
[[nodiscard]] double read_amplification(std::int64_t chunk_rows, std::int64_t rows_a_message,
                                        bool cache_holds_a_chunk);

}  // namespace mpisize
