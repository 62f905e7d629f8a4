#include "temporary.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {
namespace fs = std::filesystem;

namespace {

fs::path usual_place() {
  std::error_code error;
  // MPISIZE_PROFILE=FILE:NAME is split at the colon, so the path must not have one.
  const fs::path place = fs::temp_directory_path(error);
  return error || place.string().find(':') != std::string::npos ? "/tmp" : place;
}

}  // namespace

fs::path make_unguessable(const fs::path& place) {
  std::string name = (fs::absolute(place) / "mpisize-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw InputError(
        fmt::format("cannot make a temporary directory in '{}': {}; set TMPDIR to a "
                    "directory that can be written",
                    place.string(), std::generic_category().message(errno)));
  }
  return name;
}

TemporaryDirectory::TemporaryDirectory() : TemporaryDirectory(usual_place()) {}

TemporaryDirectory::TemporaryDirectory(const fs::path& place) : path_(make_unguessable(place)) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code none;
  fs::remove_all(path_, none);
}

void check_writable(const fs::path& path) {
  std::error_code none;
  const auto refuse = [&](std::string_view why) {
    return InputError(
        fmt::format("cannot write '{}': {}; give a path that can be written", path.string(), why));
  };
  if (fs::is_directory(path, none)) throw refuse("it is a directory");
  if (fs::exists(path, none) && !fs::is_regular_file(path, none)) {
    if (access(path.c_str(), W_OK) != 0) throw refuse(std::generic_category().message(errno));
    return;
  }
  const fs::path target = fs::exists(path, none) ? fs::canonical(path, none) : path;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw refuse(std::generic_category().message(errno));
  }
}

}  // namespace mpisize::tools
