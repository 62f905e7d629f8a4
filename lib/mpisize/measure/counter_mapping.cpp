#include "mpisize/measure/counter_mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& name, const std::string& reason) {
  throw InputError(
      fmt::format("cannot read the counters '{}': {}; delete the file", name.string(), reason));
}

}  // namespace

CounterMapping::CounterMapping(const std::filesystem::path& name) {
  const int file = open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) refuse(name, std::generic_category().message(errno));
  struct stat status {};
  const bool known = fstat(file, &status) == 0;
  // Longer or shorter: no such file, or cut off. Empty: the rank is about to make it.
  const bool whole = known && status.st_size == static_cast<off_t>(sizeof(counters::File));
  const bool empty = known && S_ISREG(status.st_mode) && status.st_size == 0;
  void* const memory =
      whole ? mmap(nullptr, sizeof(counters::File), PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  const int error = errno;
  close(file);
  if (empty) return;
  if (!whole) {
    refuse(name,
           known ? fmt::format("it has {} bytes, not {}", status.st_size, sizeof(counters::File))
                 : std::generic_category().message(error));
  }
  if (memory == MAP_FAILED) refuse(name, std::generic_category().message(error));
  file_ = static_cast<const counters::File*>(memory);
}

CounterMapping::~CounterMapping() {
  if (file_ != nullptr) munmap(const_cast<counters::File*>(file_), sizeof(counters::File));
}

CounterMapping::CounterMapping(CounterMapping&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)) {}

CounterMapping& CounterMapping::operator=(CounterMapping&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

bool CounterMapping::ready() const {
  // The magic is written last. Zeros: not yet.
  return file_ != nullptr && file_->header.magic != std::array<char, 8>{};
}

}  // namespace mpisize
