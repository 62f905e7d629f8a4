/// HDF5's own handles. Private: it shows hdf5.h.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

#include "mpisize/store/dataset.hpp"

namespace mpisize::hdf5 {

/// An identifier and what closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }
  /// Closes; false if that failed, which for a file means that not all is written.
  bool reset() {
    const hid_t id = std::exchange(id_, -1);
    return id < 0 || close_(id) >= 0;
  }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// HDF5 prints nothing while one of these lives: errors are told in one sentence.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// What the innermost call that failed has said, for the end of a sentence.
[[nodiscard]] std::string last_words();

[[nodiscard]] hid_t memory_type(ElementType type);

/// Read-only, by the POSIX driver. Throws InputError.
[[nodiscard]] Handle open_file(const std::string& name);
/// A chunk cache of `cache` bytes. Throws InputError.
[[nodiscard]] Handle open_dataset(const Handle& file, const DatasetPath& path, Bytes cache);
[[nodiscard]] DatasetInfo inspect(const Handle& dataset, const DatasetPath& path);

/// Selects rows [first, first + count) of the file's space, and a memory space of as many.
struct Selection {
  Handle file;
  Handle memory;
};
[[nodiscard]] Selection select_rows(const Handle& dataset, std::int64_t first, std::int64_t count);

}  // namespace mpisize::hdf5
