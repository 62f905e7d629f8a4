#include "mpisize/store/dataset_sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/store/dead_letters.hpp"
#include "mpisize/store/hdf5_handle.hpp"

namespace mpisize {
namespace {

constexpr int root = 0;

bool gave_up = false;

std::string words(int error) { return std::generic_category().message(error); }

/// Claims the blocks of a file that is to hold so many bytes: a disk that is full tells now, not in
/// the middle. What went wrong; file systems that cannot do it are believed. HDF5 cuts off what is
/// too much.
std::optional<std::string> claim_blocks(const std::string& name, std::int64_t bytes) {
  const int file = ::open(name.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return words(errno);
  const off_t length = lseek(file, 0, SEEK_END);
  const int error = bytes > 0 ? posix_fallocate(file, 0, bytes) : 0;
  // What was claimed in vain is given back, so that HDF5 can close the file.
  if (error != 0) (void)!ftruncate(file, length);
  ::close(file);
  if (error == 0 || error == EOPNOTSUPP || error == EINVAL) return std::nullopt;
  return words(error);
}

/// A new file beside `path`, of a name that nobody can know before. Throws InputError.
std::string temporary_beside(const std::string& path) {
  std::string name = path + ".XXXXXX";
  const int file = mkstemp(name.data());
  if (file < 0) {
    throw InputError("cannot write '" + path + "': " + words(errno) +
                     "; give a path that can be written");
  }
  // As a new file would have it; mkstemp makes it private.
  (void)fchmod(file, new_file_mode());
  close(file);
  return name;
}

}  // namespace

struct DatasetWriter::Open {
  hdf5::Handle file;
  hdf5::Handle dataset;
  /// Of collective writes: what was kept, until the next flush.
  struct Kept {
    std::int64_t first = 0;
    std::int64_t count = 0;
    std::vector<std::byte> bytes{};
  };
  std::vector<Kept> kept;
};

DatasetWriter::DatasetWriter(MPI_Comm comm, DatasetPath path, std::int64_t rows, ElementType type,
                             std::vector<std::int64_t> row_shape, const SinkOptions& options)
    : path_(std::move(path)),
      rows_(rows),
      type_(type),
      row_shape_(std::move(row_shape)),
      options_(options) {
  MPI_Comm_dup(comm, &comm_);
  MPI_Comm_rank(comm_, &rank_);
  std::optional<std::string> trouble;
  if (rank_ == root) {
    std::error_code none;
    if (!options_.replace && std::filesystem::exists(path_.file, none)) {
      trouble =
          "'" + path_.file + "' is there already; remove it, give another, or allow to replace it";
    } else if (options_.compression < 0 || options_.compression > 9) {
      trouble = "compression is " + std::to_string(options_.compression) + "; give 0 to 9";
    } else if (options_.rows_per_chunk && *options_.rows_per_chunk < 1) {
      trouble =
          "rows per chunk are " + std::to_string(*options_.rows_per_chunk) + "; give 1 or more";
    } else {
      try {
        temporary_ = temporary_beside(path_.file);
      } catch (const InputError& error) {
        trouble = error.what();
      }
    }
  }
  try {
    agree(trouble);
  } catch (...) {
    MPI_Comm_free(&comm_);
    throw;
  }
  auto length = static_cast<int>(temporary_.size());
  MPI_Bcast(&length, 1, MPI_INT, root, comm_);
  temporary_.resize(static_cast<std::size_t>(length));
  MPI_Bcast(temporary_.data(), length, MPI_CHAR, root, comm_);
  // HDF5 1.10 writes compressed chunks only collectively.
  collective_ = options_.collective.value_or(options_.compression > 0) || options_.compression > 0;
  if (options_.compression > 0) {
    why_.emplace_back("Collective writes where batches end: HDF5 1.10 compresses in no other way.");
  } else if (collective_) {
    why_.emplace_back("Collective writes where batches end: forced.");
  } else {
    why_.emplace_back(
        "Independent writes: every rank writes rows of its own, nobody waits for the others.");
  }
}

DatasetWriter::~DatasetWriter() {
  const hdf5::Quiet quiet;
  int finalized = 0;
  MPI_Finalized(&finalized);
  int failed = failed_ ? 1 : 0;
  if (finalized == 0 && open_) {
    MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm_);
  }
  if (failed == 0) {
    open_.reset();
  } else {
    gave_up = true;
    (void)open_.release();
  }
  if (rank_ == root && !temporary_.empty()) unlink(temporary_.c_str());
  if (finalized == 0 && comm_ != MPI_COMM_NULL) MPI_Comm_free(&comm_);
}

bool DatasetWriter::abandoned() { return gave_up; }

Bytes DatasetWriter::row_bytes() const {
  auto bytes = static_cast<std::int64_t>(size_of(type_));
  for (const std::int64_t n : row_shape_) bytes *= n;
  return Bytes(bytes);
}

/// Throws on every rank if there is trouble on any: what the lowest of them says.
void DatasetWriter::agree(const std::optional<std::string>& trouble) const {
  int size = 1;
  MPI_Comm_size(comm_, &size);
  int first = trouble ? rank_ : size;
  MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, comm_);
  if (first == size) return;
  std::array<char, 512> text{};
  if (rank_ == first) trouble->copy(text.data(), text.size() - 1);
  MPI_Bcast(text.data(), static_cast<int>(text.size()), MPI_CHAR, first, comm_);
  throw InputError(text.data());
}

void DatasetWriter::open(std::int64_t chunk) {
  const hdf5::Quiet quiet;
  open_ = std::make_unique<Open>();
  std::optional<std::int64_t> rows = options_.rows_per_chunk;
  if (!rows) {
    const ChunkShape advised = advise_chunks({rows_, row_bytes(), chunk, options_.compression > 0});
    rows = advised.rows;
    why_.insert(why_.end(), advised.reasons.begin(), advised.reasons.end());
  }
  if (rows) rows = std::clamp<std::int64_t>(*rows, 1, std::max<std::int64_t>(1, rows_));
  // Where writes are independent, chunks of the dataset belong to one rank each.
  grain_ = rows && !collective_ ? *rows : 1;

  std::vector<hsize_t> shape{static_cast<hsize_t>(rows_)};
  for (const std::int64_t n : row_shape_) shape.push_back(static_cast<hsize_t>(n));
  const hdf5::Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                           H5Sclose);
  const hdf5::Handle create(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_alloc_time(create.get(), H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(create.get(), H5D_FILL_TIME_NEVER);
  if (rows && rows_ > 0) {
    shape.front() = static_cast<hsize_t>(*rows);
    H5Pset_chunk(create.get(), static_cast<int>(shape.size()), shape.data());
    if (options_.compression > 0) {
      H5Pset_shuffle(create.get());
      H5Pset_deflate(create.get(), static_cast<unsigned>(options_.compression));
    }
  }
  const hdf5::Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  const hdf5::Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_mpio(access.get(), comm_, MPI_INFO_NULL);
  H5Pset_coll_metadata_write(access.get(), true);
  constexpr hsize_t large = hsize_t{64} << 10U;
  constexpr hsize_t block = hsize_t{1} << 20U;
  if (static_cast<std::int64_t>(block) < rows_ * row_bytes().value()) {
    H5Pset_alignment(access.get(), large, std::min(block, large));
  }
  std::optional<std::string> trouble;
  open_->file = hdf5::Handle(
      H5Fcreate(temporary_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (!open_->file.valid()) trouble = "cannot write '" + path_.file + "': " + hdf5::last_words();
  agree(trouble);
  open_->dataset =
      hdf5::Handle(H5Dcreate2(open_->file.get(), path_.dataset.c_str(), hdf5::memory_type(type_),
                              space.get(), links.get(), create.get(), H5P_DEFAULT),
                   H5Dclose);
  if (!open_->dataset.valid()) {
    trouble = "cannot make dataset '" + path_.text() + "': " + hdf5::last_words() +
              "; make room, or give another path";
  }
  agree(trouble);
  if (rank_ == root && options_.compression == 0) {
    if (const auto why = claim_blocks(temporary_, rows_ * row_bytes().value())) {
      trouble = "cannot write '" + path_.file + "': " + *why + "; make room, or give another path";
    }
  }
  agree(trouble);
}

void DatasetWriter::write(std::int64_t first, std::int64_t count, const void* from) {
  if (collective_) {
    const auto* bytes = static_cast<const std::byte*>(from);
    open_->kept.push_back({first, count, {bytes, bytes + count * row_bytes().value()}});
    return;
  }
  const hdf5::Quiet quiet;
  const hdf5::Selection rows = hdf5::select_rows(open_->dataset, first, count);
  if (H5Dwrite(open_->dataset.get(), hdf5::memory_type(type_), rows.memory.get(), rows.file.get(),
               H5P_DEFAULT, from) < 0) {
    failed_ = true;
    throw std::runtime_error("cannot write rows " + std::to_string(first) + " to " +
                             std::to_string(first + count - 1) + " of '" + path_.text() +
                             "': " + hdf5::last_words() + "; make room and run again");
  }
}

void DatasetWriter::flush() {
  if (!collective_ || !open_) return;
  const hdf5::Quiet quiet;
  auto& kept = open_->kept;
  std::sort(kept.begin(), kept.end(),
            [](const Open::Kept& a, const Open::Kept& b) { return a.first < b.first; });
  std::vector<std::byte> all;
  const hdf5::Handle space(H5Dget_space(open_->dataset.get()), H5Sclose);
  H5Sselect_none(space.get());
  std::int64_t rows = 0;
  for (const Open::Kept& part : kept) {
    std::vector<hsize_t> start(row_shape_.size() + 1);
    std::vector<hsize_t> size{static_cast<hsize_t>(part.count)};
    for (const std::int64_t n : row_shape_) size.push_back(static_cast<hsize_t>(n));
    start.front() = static_cast<hsize_t>(part.first);
    H5Sselect_hyperslab(space.get(), H5S_SELECT_OR, start.data(), nullptr, size.data(), nullptr);
    all.insert(all.end(), part.bytes.begin(), part.bytes.end());
    rows += part.count;
  }
  std::vector<hsize_t> memory_shape{static_cast<hsize_t>(std::max<std::int64_t>(1, rows))};
  for (const std::int64_t n : row_shape_) memory_shape.push_back(static_cast<hsize_t>(n));
  const hdf5::Handle memory(
      H5Screate_simple(static_cast<int>(memory_shape.size()), memory_shape.data(), nullptr),
      H5Sclose);
  if (rows == 0) H5Sselect_none(memory.get());
  const hdf5::Handle transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  H5Pset_dxpl_mpio(transfer.get(), H5FD_MPIO_COLLECTIVE);
  std::optional<std::string> trouble;
  if (H5Dwrite(open_->dataset.get(), hdf5::memory_type(type_), memory.get(), space.get(),
               transfer.get(), all.empty() ? nullptr : all.data()) < 0) {
    trouble =
        "cannot write '" + path_.text() + "': " + hdf5::last_words() + "; make room and run again";
  }
  kept.clear();
  agree(trouble);
}

void DatasetWriter::close(const std::vector<DeadLetter>& lost) {
  const hdf5::Quiet quiet;
  if (!open_) open(1);
  flush();
  std::optional<std::string> trouble;
  const bool dataset_closed = open_->dataset.reset();
  if (!open_->file.reset() || !dataset_closed) {
    trouble =
        "cannot complete '" + path_.file + "': " + hdf5::last_words() + "; make room and run again";
  }
  open_.reset();
  agree(trouble);
  if (rank_ == root) {
    try {
      if (!lost.empty()) append_dead_letters({temporary_, path_.dataset}, lost);
      if (std::rename(temporary_.c_str(), path_.file.c_str()) != 0) {
        failed_ = true;
        trouble = "cannot write '" + path_.file + "': " + words(errno) +
                  "; give a path that can be written";
      } else {
        temporary_.clear();
      }
    } catch (const std::exception& error) {
      trouble = error.what();
    }
  }
  agree(trouble);
  temporary_.clear();
}

}  // namespace mpisize
