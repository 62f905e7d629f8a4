/// A kernel from a shared library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mpisize::tools {

/// The bytes of a row, or of a result.
using Row = std::vector<unsigned char>;

class SharedKernel {
 public:
  /// Throws InputError if the library cannot be loaded or has no such function.
  SharedKernel(const std::string& library, const std::string& symbol, std::size_t result_bytes);

  /// Throws std::runtime_error if the kernel says that the item failed.
  Row operator()(const Row& item, std::int64_t index) const;

 private:
  using Function = int (*)(std::int64_t, const void*, std::size_t, void*, std::size_t);
  std::shared_ptr<void> library_;
  Function function_ = nullptr;
  std::size_t result_bytes_;
};

}  // namespace mpisize::tools
