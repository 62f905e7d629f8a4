/// Datasets of HDF5 files: what they are, and where. Types of HDF5 itself do not show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// "results.h5:/group/x".
struct DatasetPath {
  std::string file;
  std::string dataset;
  [[nodiscard]] std::string text() const { return file + ":" + dataset; }
};

/// Throws InputError if there is no ":/".
[[nodiscard]] DatasetPath parse_dataset_path(std::string_view text);

/// What a number of a dataset is.
enum class ElementType {
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64
};

[[nodiscard]] std::string_view name_of(ElementType type);
[[nodiscard]] std::size_t size_of(ElementType type);
/// "double" and "float" are known, too; empty if there is none of that name.
[[nodiscard]] std::optional<ElementType> element_type_named(std::string_view name);

/// The element type of an arithmetic C++ type.
template <class A>
[[nodiscard]] constexpr ElementType element_type_of() {
  static_assert(std::is_arithmetic_v<A> && !std::is_same_v<A, bool> && sizeof(A) <= 8,
                "mpisize: datasets hold integers, floats and doubles");
  if constexpr (std::is_floating_point_v<A>) {
    return sizeof(A) == 4 ? ElementType::float32 : ElementType::float64;
  } else {
    constexpr int log = sizeof(A) == 1 ? 0 : sizeof(A) == 2 ? 1 : sizeof(A) == 4 ? 2 : 3;
    constexpr int first =
        static_cast<int>(std::is_signed_v<A> ? ElementType::int8 : ElementType::uint8);
    return static_cast<ElementType>(first + log);
  }
}

/// A dataset as it lies in its file. Rows: its first dimension.
struct DatasetInfo {
  std::vector<std::int64_t> shape;
  ElementType type = ElementType::float64;
  std::vector<std::int64_t> chunk;  ///< Empty: contiguous.
  std::vector<std::string> filters;

  [[nodiscard]] std::int64_t rows() const { return shape.front(); }
  [[nodiscard]] std::int64_t row_elements() const;
  [[nodiscard]] Bytes row_bytes() const;
};

/// Throws InputError, one sentence: no such file, not an HDF5 file, cut short, no such dataset
/// (naming those there are), no rows, or not numbers.
[[nodiscard]] DatasetInfo inspect(const DatasetPath& path);

}  // namespace mpisize
