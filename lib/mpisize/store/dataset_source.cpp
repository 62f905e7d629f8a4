#include "mpisize/store/dataset_source.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/store/hdf5_handle.hpp"

namespace mpisize {
namespace {

/// Four chunks: that of a range's begin and end, and those that others' ranges share.
Bytes cache_for(const DatasetInfo& info) {
  if (info.chunk.empty()) return Bytes(0);
  auto bytes = static_cast<std::int64_t>(size_of(info.type));
  for (const std::int64_t n : info.chunk) bytes *= n;
  // Chunks that split rows are needed side by side.
  std::int64_t beside = 1;
  for (std::size_t i = 1; i < info.chunk.size(); ++i) {
    beside *= (info.shape[i] + info.chunk[i] - 1) / info.chunk[i];
  }
  constexpr std::int64_t chunks = 4;
  constexpr std::int64_t least = std::int64_t{1} << 20U;
  constexpr std::int64_t most = std::int64_t{256} << 20U;
  return Bytes(std::clamp(chunks * beside * bytes, least, most));
}

}  // namespace

struct DatasetReader::Open {
  hdf5::Handle file;
  hdf5::Handle dataset;
};

DatasetReader::DatasetReader(DatasetPath path, ElementType as,
                             std::optional<std::int64_t> row_elements)
    : path_(std::move(path)), as_(as), open_(std::make_unique<Open>()) {
  const hdf5::Quiet quiet;
  open_->file = hdf5::open_file(path_.file);
  info_ = hdf5::inspect(hdf5::open_dataset(open_->file, path_, Bytes(0)), path_);
  open_->dataset = hdf5::open_dataset(open_->file, path_, cache_for(info_));
  if (row_elements && info_.row_elements() != *row_elements) {
    throw InputError("a row of dataset '" + path_.text() + "' has " +
                     std::to_string(info_.row_elements()) + " numbers, but " +
                     std::to_string(*row_elements) + " are expected; give a dataset of that shape");
  }
  const bool whole = as >= ElementType::float32;
  if (!whole && info_.type >= ElementType::float32) {
    throw InputError("dataset '" + path_.text() + "' holds " + std::string(name_of(info_.type)) +
                     ", but " + std::string(name_of(as)) +
                     " is expected; read it as floating-point numbers");
  }
}

DatasetReader::~DatasetReader() = default;
DatasetReader::DatasetReader(DatasetReader&&) noexcept = default;
DatasetReader& DatasetReader::operator=(DatasetReader&&) noexcept = default;

void DatasetReader::read(std::int64_t first, std::int64_t count, void* to) {
  if (count == 0) return;
  const hdf5::Quiet quiet;
  const hdf5::Selection rows = hdf5::select_rows(open_->dataset, first, count);
  if (H5Dread(open_->dataset.get(), hdf5::memory_type(as_), rows.memory.get(), rows.file.get(),
              H5P_DEFAULT, to) < 0) {
    throw InputError("cannot read rows " + std::to_string(first) + " to " +
                     std::to_string(first + count - 1) + " of '" + path_.text() +
                     "': " + hdf5::last_words() + "; give a whole file");
  }
}

std::int64_t DatasetReader::grain() const { return info_.chunk.empty() ? 1 : info_.chunk.front(); }

std::string DatasetReader::fingerprint() const {
  struct stat status {};
  (void)stat(path_.file.c_str(), &status);
  const std::string facts = path_.dataset + ' ' + std::to_string(status.st_size) + ' ' +
                            std::to_string(status.st_mtim.tv_sec) + ' ' +
                            std::to_string(status.st_mtim.tv_nsec);
  std::uint64_t hash = hash_bytes(std::as_bytes(std::span(facts)));
  for (const std::int64_t n : info_.shape) hash = hash_bytes(std::as_bytes(std::span(&n, 1)), hash);
  std::ifstream file(path_.file, std::ios::binary);
  constexpr std::int64_t part = std::int64_t{1} << 20U;
  std::vector<char> bytes(static_cast<std::size_t>(part));
  for (const std::int64_t at :
       {std::int64_t{0}, std::max<std::int64_t>(0, status.st_size - part)}) {
    file.clear();
    file.seekg(at);
    file.read(bytes.data(), part);
    hash = hash_bytes(
        std::as_bytes(std::span(bytes).first(static_cast<std::size_t>(file.gcount()))), hash);
  }
  return fingerprint_text(hash);
}

}  // namespace mpisize
