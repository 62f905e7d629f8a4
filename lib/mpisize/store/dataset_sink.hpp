/// Results into the rows of a new dataset: an indexed sink for batch and stream.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/model/chunk_shape.hpp"
#include "mpisize/model/dead_letter.hpp"
#include "mpisize/store/dataset_source.hpp"

namespace mpisize {

struct SinkOptions {
  std::optional<std::int64_t>
      rows_per_chunk{};              ///< Empty: advised, by what a rank writes at a time.
  int compression = 0;               ///< gzip, 0 to 9.
  bool replace = false;              ///< The file may be there already.
  std::optional<bool> collective{};  ///< Force; empty: as why() says.
};

/// A new file with one dataset of `rows` rows of numbers, written in parallel (MPI-IO) into a
/// temporary file beside it, which gets the name when it is complete: a death leaves what was there
/// before. HDF5 is not crash-safe: a journal keeps results until then.
///
/// Made, opened, flushed and closed collectively; errors are the same on every rank.
class DatasetWriter {
 public:
  /// Throws InputError if the file is there and may not be replaced, or its folder cannot be
  /// written.
  DatasetWriter(MPI_Comm comm, DatasetPath path, std::int64_t rows, ElementType type,
                std::vector<std::int64_t> row_shape, const SinkOptions& options);
  /// Collective, too. What was not closed is removed. After a write that failed on some rank the
  /// file cannot be closed: MPI-IO would wait for ranks that are not there; it is given up, and so
  /// is HDF5 in this process: abandoned() tells.
  ~DatasetWriter();
  [[nodiscard]] static bool abandoned();
  DatasetWriter(const DatasetWriter&) = delete;
  DatasetWriter& operator=(const DatasetWriter&) = delete;
  DatasetWriter(DatasetWriter&&) = delete;
  DatasetWriter& operator=(DatasetWriter&&) = delete;

  /// Creates the dataset for writes of `chunk` rows at a time.
  void open(std::int64_t chunk);
  void write(std::int64_t first, std::int64_t count, const void* from);
  void flush();
  /// Completes the file, with the items that have no result, and renames it.
  void close(const std::vector<DeadLetter>& lost);

  [[nodiscard]] std::int64_t grain() const { return grain_; }
  [[nodiscard]] bool collective() const { return collective_; }
  /// Why chunks are what they are, and writes independent or collective.
  [[nodiscard]] const std::vector<std::string>& why() const { return why_; }
  [[nodiscard]] Bytes row_bytes() const;

 private:
  struct Open;
  void agree(const std::optional<std::string>& trouble) const;
  void create();

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  DatasetPath path_;
  std::int64_t rows_;
  ElementType type_;
  std::vector<std::int64_t> row_shape_;
  SinkOptions options_;
  std::string temporary_;
  std::int64_t grain_ = 1;
  bool collective_ = false;
  std::vector<std::string> why_;
  std::unique_ptr<Open> open_;
  bool failed_ = false;  ///< A write of this rank.
};

/// The items without a result, as close() writes them beside the dataset, under its name and
/// ".failed". Empty if there are none. Throws InputError.
[[nodiscard]] std::vector<DeadLetter> read_dead_letters(const DatasetPath& path);

/// An indexed sink: R is an arithmetic type, or std::array or std::vector of one.
template <class R>
class DatasetSink {
 public:
  using Row = detail::RowOf<R>;

  /// Collective. `row_elements`: numbers of a result, of std::vector.
  DatasetSink(MPI_Comm comm, const DatasetPath& path, std::int64_t rows,
              const SinkOptions& options = {}, std::optional<std::int64_t> row_elements = {})
      : writer_(comm, path, rows, element_type_of<typename Row::Element>(), shape(row_elements),
                options),
        elements_(static_cast<std::size_t>(Row::elements.value_or(row_elements.value_or(1)))) {}

  void open(std::int64_t chunk) { writer_.open(chunk); }
  void write(std::int64_t first, std::span<const R> results) {
    const auto count = static_cast<std::int64_t>(results.size());
    if constexpr (Row::plain) {
      writer_.write(first, count, results.data());
    } else {
      rows_.resize(elements_ * results.size());
      auto at = rows_.begin();
      for (const R& result : results) {
        // An item without a result has zeros.
        std::fill_n(at, elements_, typename Row::Element{});
        std::copy_n(result.begin(), std::min(result.size(), elements_), at);
        at += static_cast<std::ptrdiff_t>(elements_);
      }
      writer_.write(first, count, rows_.data());
    }
  }
  void flush() { writer_.flush(); }
  void close(const std::vector<DeadLetter>& lost = {}) { writer_.close(lost); }
  [[nodiscard]] std::int64_t grain() const { return writer_.grain(); }
  [[nodiscard]] bool collective() const { return writer_.collective(); }
  [[nodiscard]] const std::vector<std::string>& why() const { return writer_.why(); }

 private:
  static std::vector<std::int64_t> shape(std::optional<std::int64_t> row_elements) {
    if constexpr (Row::elements == 1) return {};
    return {Row::elements.value_or(row_elements.value_or(1))};
  }

  DatasetWriter writer_;
  std::size_t elements_;
  std::vector<typename Row::Element> rows_;
};

}  // namespace mpisize
