/// A look at the counters of a program that is running.
#pragma once

#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "mpisize/measure/counter_file.hpp"
#include "mpisize/measure/counter_mapping.hpp"
#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// All files of a directory. Ranks join as they come out of MPI_Init. On other hosts only those
/// whose directory is on a file system that both see are there, and what such a file system tells
/// of a file that is being written elsewhere may be old.
class CounterView {
 public:
  explicit CounterView(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Maps files that are new. Throws InputError for a foreign or damaged one.
  void find_new();

  /// What each rank has called so far, in rank order. No file is opened: some 10 us a rank.
  [[nodiscard]] std::vector<LiveRank> now() const;

  /// All of it, as after the run; between() gives a stretch.
  [[nodiscard]] std::vector<RankUse> ranks() const;

 private:
  std::filesystem::path directory_;
  std::map<std::filesystem::path, CounterMapping> mappings_;
};

}  // namespace mpisize
