#include "helpers.hpp"

#include <fmt/format.h>

#include <system_error>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {

std::filesystem::path helper(const std::string& name) {
  std::error_code none;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", none);
  auto path = (self.parent_path() / MPISIZE_HELPERS / name).lexically_normal();
  if (!std::filesystem::is_regular_file(path, none)) {
    throw InputError(fmt::format("'{}' is missing; install mpisize anew, with its folder {}",
                                 path.string(), path.parent_path().filename().string()));
  }
  return path;
}

}  // namespace mpisize::tools
