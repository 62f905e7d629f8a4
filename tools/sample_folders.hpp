/// Where samples of a program run and leave what they print.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/program_points.hpp"

namespace mpisize::tools {

/// A folder for each sample: under --sample-dir, in which each sample also runs, or in the cache
/// directory, where the folders of the last few sizings are kept, or in a temporary directory.
class SampleFolders {
 public:
  /// Throws InputError if the directory cannot be made, or is not empty.
  explicit SampleFolders(std::optional<std::filesystem::path> directory);

  /// A new, empty folder: "8x1-2" for the second sample with 8 ranks of 1 thread.
  [[nodiscard]] std::filesystem::path next(const ProgramConfig& config);

  /// Where a sample is to run, if it is given a place of its own: a folder with copies of the files
  /// here up to 64 MiB each, and links to the larger ones and to the folders.
  [[nodiscard]] std::optional<std::filesystem::path> scratch(
      const std::filesystem::path& folder) const;

  [[nodiscard]] const std::filesystem::path& base() const { return base_; }

 private:
  std::filesystem::path base_;
  bool own_place_;
};

}  // namespace mpisize::tools
