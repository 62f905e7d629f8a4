/// Real data that every machine has: the contents of files under a directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <mpisize/base/units.hpp>

namespace example {

struct File {
  std::string path;
  std::string content;
};

/// What to read.
struct FileChoice {
  mpisize::Bytes total{64'000'000};  ///< Of all contents, at most.
  mpisize::Bytes largest{
      16'000'000};  ///< Larger files are left out: one item is not to outlast the rest.
  std::uint64_t seed = 1;
};

struct FileSample {
  std::vector<File> files;     ///< The largest first, the others in random order.
  std::int64_t skipped = 0;    ///< Files and directories that could not be read.
  std::int64_t too_large = 0;  ///< Files left out for their size alone.
};

/// Reads a random subset of the regular, non-empty files under `directory`, the largest of those
/// allowed always among them.  Symbolic links inside are not followed.  Equal trees and choices
/// give equal samples. Throws mpisize::InputError if there is no such directory or no such file.
[[nodiscard]] FileSample sample_files(const std::filesystem::path& directory,
                                      const FileChoice& choice);

}  // namespace example
