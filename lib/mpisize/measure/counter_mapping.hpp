/// The file of one rank, mapped.
#pragma once

#include <filesystem>

#include "mpisize/measure/counter_format.hpp"

namespace mpisize {

/// One rank's file, mapped to be read.
class CounterMapping {
 public:
  /// Throws InputError if it cannot be read, or is not as long as such a file is.
  explicit CounterMapping(const std::filesystem::path& name);
  ~CounterMapping();
  CounterMapping(CounterMapping&& other) noexcept;
  CounterMapping& operator=(CounterMapping&& other) noexcept;
  CounterMapping(const CounterMapping&) = delete;
  CounterMapping& operator=(const CounterMapping&) = delete;

  /// False for a moment after the rank has made the file, and for ever if it was killed then.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] const counters::File& file() const { return *file_; }

 private:
  const counters::File* file_ = nullptr;
};

}  // namespace mpisize
