/// What `mpisize map` tells the MPI program that does it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mpisize/base/units.hpp"

namespace mpisize::tools {

/// Plain data; travels as JSON.
struct MapJob {
  std::string kernel;                     ///< Shared library.
  std::string symbol = "mpisize_kernel";  ///< Of the function in it.
  std::string input;                      ///< FILE:/DATASET
  std::string output;
  std::string result;  ///< Type and shape, "double[3]"; empty: one number of the input's type.
  std::string pattern = "batch";
  std::optional<int> ranks;
  std::optional<std::int64_t> chunk;
  std::optional<std::int64_t> window;
  std::optional<std::int64_t> batch;
  std::optional<Bytes> max_memory;
  std::optional<Seconds> deadline;
  double min_speedup = 1.2;
  int retries = 0;
  std::int64_t max_fails = 0;
  std::string journal;
  bool journal_sync = false;
  bool retry_failed = false;
  std::optional<std::int64_t> rows_per_chunk;
  int compression = 0;
  bool replace = false;
  std::optional<bool> collective;
  bool progress = false;  ///< A line on stderr, as a terminal shows it.
  std::string report;     ///< Where the report goes.
  std::string outcome;    ///< Where the exit code and what went wrong go.
  std::string why;        ///< Where the sentences about the datasets go.
};

[[nodiscard]] std::string to_json(const MapJob& job);
/// Throws InputError.
[[nodiscard]] MapJob map_job_from_json(std::string_view text);

}  // namespace mpisize::tools
