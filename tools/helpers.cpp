#include "helpers.hpp"

#include <fmt/format.h>

#include <system_error>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {

namespace {

std::filesystem::path place_of(const std::string& name) {
  std::error_code none;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", none);
  return (self.parent_path() / MPISIZE_HELPERS / name).lexically_normal();
}

}  // namespace

std::optional<std::filesystem::path> helper_if_there(const std::string& name) {
  std::error_code none;
  auto path = place_of(name);
  if (!std::filesystem::is_regular_file(path, none)) return std::nullopt;
  return path;
}

std::filesystem::path helper(const std::string& name) {
  if (auto path = helper_if_there(name)) return *path;
  const auto path = place_of(name);
  throw InputError(fmt::format("'{}' is missing; install mpisize anew, with its folder {}",
                               path.string(), path.parent_path().filename().string()));
}

}  // namespace mpisize::tools
