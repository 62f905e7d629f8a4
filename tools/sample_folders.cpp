#include "sample_folders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// The newest few stay.
void prune(const fs::path& directory, std::size_t keep) {
  std::error_code none;
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    if (entry.path().filename().string().rfind("mpisize-", 0) != 0) continue;
    found.emplace_back(entry.last_write_time(none), entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  for (std::size_t i = keep; i < found.size(); ++i) fs::remove_all(found[i].second, none);
}

fs::path usual_base() {
  const auto cache = cache_directory();
  std::error_code error;
  if (cache) {
    const fs::path samples = *cache / "samples";
    fs::create_directories(samples, error);
    constexpr std::size_t kept = 4;
    if (!error) {
      prune(samples, kept);
      return make_unguessable(samples);
    }
  }
  return make_unguessable(fs::temp_directory_path());
}

fs::path named_base(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || !fs::is_directory(directory)) {
    throw InputError(
        fmt::format("cannot make --sample-dir '{}': {}; give a directory that can be "
                    "made",
                    directory.string(), error ? error.message() : "it is no directory"));
  }
  if (!fs::is_empty(directory)) {
    throw InputError(
        fmt::format("--sample-dir '{}' is not empty; give a new directory", directory.string()));
  }
  return fs::canonical(directory);
}

}  // namespace

SampleFolders::SampleFolders(std::optional<fs::path> directory)
    : base_(directory ? named_base(*directory) : usual_base()), own_place_(directory.has_value()) {}

fs::path SampleFolders::next(const ProgramConfig& config) {
  for (int i = 1;; ++i) {
    const fs::path folder = base_ / fmt::format("{}x{}-{}", config.ranks, config.threads, i);
    if (fs::create_directory(folder)) return folder;
  }
}

std::optional<fs::path> SampleFolders::scratch(const fs::path& folder) const {
  if (!own_place_) return std::nullopt;
  const fs::path place = folder / "work";
  fs::create_directory(place);
  constexpr std::uintmax_t largest_copy = std::uintmax_t{64} << 20;
  const fs::path here = fs::current_path();
  for (const auto& entry : fs::directory_iterator(here)) {
    // Neither the samples themselves nor a folder that holds them.
    if (base_.string().rfind(entry.path().string() + "/", 0) == 0 || entry.path() == base_) {
      continue;
    }
    const fs::path target = place / entry.path().filename();
    if (entry.is_regular_file() && entry.file_size() <= largest_copy) {
      fs::copy_file(entry.path(), target);
    } else {
      fs::create_symlink(entry.path(), target);
    }
  }
  return place;
}

}  // namespace mpisize::tools
