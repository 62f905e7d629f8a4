#include "files.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include <mpisize/base/error.hpp>
#include <mpisize/base/human.hpp>
#include <mpisize/measure/cache.hpp>

namespace example {
namespace {

namespace fs = std::filesystem;

struct Candidate {
  std::string path;
  std::int64_t size;
};

/// Walks one directory; what cannot be looked at is counted.
void collect(const fs::path& directory, std::vector<Candidate>& found, std::int64_t& skipped) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code cannot_look;
    const fs::file_status status = entry->symlink_status(cannot_look);
    if (fs::is_directory(status)) {
      collect(entry->path(), found, skipped);
    } else if (fs::is_regular_file(status)) {
      const auto size = static_cast<std::int64_t>(entry->file_size(cannot_look));
      if (!cannot_look && size > 0) found.push_back({entry->path().string(), size});
    }
    if (cannot_look) ++skipped;
  }
  if (error) ++skipped;
}

std::optional<std::string> content_of(const std::string& path) {
  try {
    return mpisize::read_file(path);
  } catch (const mpisize::InputError&) {
    return std::nullopt;
  }
}

}  // namespace

FileSample sample_files(const fs::path& directory, const FileChoice& choice) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw mpisize::InputError("'" + directory.string() +
                              "' is no directory; name one that holds files");
  }
  FileSample sample;
  std::vector<Candidate> found;
  collect(directory, found, sample.skipped);

  // The order in which a directory lists its files is nobody's: sort, then shuffle by the seed.
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.path < b.path; });
  std::shuffle(found.begin(), found.end(), std::mt19937_64(choice.seed));
  const mpisize::Bytes most = std::min(choice.largest, choice.total);
  const auto fitting = std::stable_partition(
      found.begin(), found.end(), [&](const Candidate& c) { return c.size > most.value(); });
  sample.too_large = std::distance(found.begin(), fitting);
  found.erase(found.begin(), fitting);

  // First, so that it is in before the others have used up the total.
  const auto largest =
      std::max_element(found.begin(), found.end(),
                       [](const Candidate& a, const Candidate& b) { return a.size < b.size; });
  if (largest != found.end()) std::rotate(found.begin(), largest, std::next(largest));

  std::int64_t left = choice.total.value();
  for (const Candidate& candidate : found) {
    if (candidate.size > left) continue;
    auto content = content_of(candidate.path);
    if (!content || content->empty()) {
      ++sample.skipped;
      continue;
    }
    left -= static_cast<std::int64_t>(content->size());
    sample.files.push_back({candidate.path, std::move(*content)});
  }
  if (sample.files.empty()) {
    throw mpisize::InputError("'" + directory.string() +
                              "' holds no readable, non-empty file of at most " +
                              mpisize::human(most) + "; name another directory or a higher limit");
  }
  return sample;
}

}  // namespace example
