/// Items from the rows of a dataset: an indexed source for batch and stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "mpisize/store/dataset.hpp"

namespace mpisize {

/// Rows of a dataset, read by any rank by itself (POSIX, read-only: compressed datasets, too).
class DatasetReader {
 public:
  /// Opens for numbers of type `as`, to which those of the file are converted; each row must have
  /// `row_elements` of them, if given. Throws InputError.
  DatasetReader(DatasetPath path, ElementType as, std::optional<std::int64_t> row_elements);
  ~DatasetReader();
  DatasetReader(DatasetReader&&) noexcept;
  DatasetReader& operator=(DatasetReader&&) noexcept;
  DatasetReader(const DatasetReader&) = delete;
  DatasetReader& operator=(const DatasetReader&) = delete;

  [[nodiscard]] const DatasetInfo& info() const { return info_; }
  /// Rows [first, first + count), one after the other. Throws InputError if the file ends before.
  void read(std::int64_t first, std::int64_t count, void* to);
  /// Rows of a chunk, 1 if there are no chunks: reading multiples of it reads no chunk twice.
  [[nodiscard]] std::int64_t grain() const;
  /// Hash of path, shape, type, and of the content of the file (length, time of change, and the
  /// bytes of its first and last megabyte): a file that was touched is another one.
  [[nodiscard]] std::string fingerprint() const;
  [[nodiscard]] const DatasetPath& path() const { return path_; }

 private:
  struct Open;
  DatasetPath path_;
  DatasetInfo info_;
  ElementType as_;
  std::unique_ptr<Open> open_;
};

namespace detail {

/// How a C++ type is a row: a number, an array of them, a vector of as many as a row has, or, for
/// std::vector<std::byte>, the bytes of the row.
template <class T>
struct RowOf {
  using Element = T;
  static constexpr std::optional<std::int64_t> elements = 1;
  static constexpr bool plain = true;
};
template <class A, std::size_t n>
struct RowOf<std::array<A, n>> {
  using Element = A;
  static constexpr std::optional<std::int64_t> elements = static_cast<std::int64_t>(n);
  static constexpr bool plain = true;
};
template <class A>
struct RowOf<std::vector<A>> {
  using Element = A;
  static constexpr std::optional<std::int64_t> elements = std::nullopt;
  static constexpr bool plain = false;
};

}  // namespace detail

/// An indexed source: T is an arithmetic type (a dataset of rank 1), std::array of one (rows of
/// that many numbers) or std::vector of one (rows of any length). Made on every rank.
template <class T>
class DatasetSource {
 public:
  using value_type = T;
  using Row = detail::RowOf<T>;

  explicit DatasetSource(const DatasetPath& path)
      : reader_(path, element_type_of<typename Row::Element>(), Row::elements) {}

  [[nodiscard]] std::int64_t size() const { return reader_.info().rows(); }
  [[nodiscard]] std::int64_t grain() const { return reader_.grain(); }
  [[nodiscard]] std::string fingerprint() const { return reader_.fingerprint(); }
  [[nodiscard]] const DatasetInfo& info() const { return reader_.info(); }

  void read(std::int64_t first, std::span<T> items) {
    const auto count = static_cast<std::int64_t>(items.size());
    if constexpr (Row::plain) {
      reader_.read(first, count, items.data());
    } else {
      const auto row = static_cast<std::size_t>(info().row_elements());
      rows_.resize(row * items.size());
      reader_.read(first, count, rows_.data());
      auto at = rows_.cbegin();
      for (T& item : items) {
        item.assign(at, at + static_cast<std::ptrdiff_t>(row));
        at += static_cast<std::ptrdiff_t>(row);
      }
    }
  }

 private:
  DatasetReader reader_;
  std::vector<typename Row::Element> rows_;
};

}  // namespace mpisize
