#include "mpisize/measure/cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;

std::string words(int error) { return std::generic_category().message(error); }

InputError cannot_write(const fs::path& path, int error) {
  return InputError("cannot write '" + path.string() + "': " + words(error) +
                    "; give a path that can be written");
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The directory, made if need be; empty if it cannot be written.
std::optional<fs::path> usable(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!fs::is_directory(directory, error) || access(directory.c_str(), W_OK | X_OK) != 0) {
    return std::nullopt;
  }
  return directory;
}

/// An open file; a temporary one is removed unless it was renamed.
class Output {
 public:
  Output(int descriptor, std::string remove) : file_(descriptor), remove_(std::move(remove)) {}
  ~Output() {
    if (file_ >= 0) close(file_);
    if (!remove_.empty()) unlink(remove_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  [[nodiscard]] int file() const { return file_; }

  /// 0 or the error number.
  [[nodiscard]] int write_all(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t done = write(file_, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return errno;
      text.remove_prefix(static_cast<std::size_t>(done));
    }
    return 0;
  }

  [[nodiscard]] int rename_to(const fs::path& path) {
    const int file = std::exchange(file_, -1);
    if (fsync(file) != 0) {
      const int error = errno;
      close(file);
      return error;
    }
    if (close(file) != 0) return errno;
    if (rename(remove_.c_str(), path.c_str()) != 0) return errno;
    remove_.clear();
    return 0;
  }

 private:
  int file_;
  std::string remove_;
};

/// A pipe or device (/dev/stdout) has no old text to protect, and must not be replaced by a file.
void write_in_place(const fs::path& path, std::string_view text) {
  const Output out(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY), "");
  if (out.file() < 0) throw cannot_write(path, errno);
  if (const int error = out.write_all(text)) throw cannot_write(path, error);
}

}  // namespace

// umask(2) cannot be asked without setting it, which other threads would see.
unsigned new_file_mode() {
  constexpr unsigned everyone = 0666;
  constexpr unsigned usual_mask = 022;
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    unsigned mask = 0;
    if (line.rfind("Umask:", 0) == 0 && std::istringstream(line.substr(6)) >> std::oct >> mask) {
      return everyone & ~mask;
    }
  }
  return everyone & ~usual_mask;
}

std::optional<fs::path> cache_directory() {
  return cache_directory(variable("XDG_CACHE_HOME"), variable("HOME"));
}

std::optional<fs::path> cache_directory(const std::string& xdg_cache_home,
                                        const std::string& home) {
  if (fs::path(xdg_cache_home).is_absolute()) {
    if (auto directory = usable(fs::path(xdg_cache_home) / "mpisize")) return directory;
  }
  // A home that does not exist is not ours to make.
  std::error_code none;
  if (fs::path(home).is_absolute() && fs::is_directory(home, none)) {
    return usable(fs::path(home) / ".cache" / "mpisize");
  }
  return std::nullopt;
}

void write_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (path.empty()) throw cannot_write(path, ENOENT);
  if (fs::is_directory(status)) {
    throw InputError("cannot write '" + path.string() + "': it is a directory; give a file name");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_in_place(path, text);

  const fs::path target = fs::exists(status) ? fs::canonical(path, error) : path;
  if (error && fs::exists(status)) throw cannot_write(path, error.value());
  std::string temporary = (target.parent_path() / ".mpisize-XXXXXX").string();
  const int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0) throw cannot_write(path, errno);
  Output out(descriptor, temporary);
  const mode_t mode =
      fs::exists(status) ? static_cast<mode_t>(status.permissions()) : new_file_mode();
  if (fchmod(out.file(), mode) != 0) throw cannot_write(path, errno);
  if (const int failed = out.write_all(text)) throw cannot_write(path, failed);
  if (const int failed = out.rename_to(target)) throw cannot_write(path, failed);
}

std::string read_file(const fs::path& path) {
  std::error_code none;
  if (fs::is_directory(path, none)) {
    throw InputError("cannot read '" + path.string() + "': it is a directory; give a file name");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw InputError("cannot read '" + path.string() + "': " + words(errno) +
                     "; give the path of a readable file");
  }
  // What is no file, such as a pipe, is read all the same, but may never end.
  constexpr std::size_t most_bytes = 256'000'000;
  std::string text;
  std::vector<char> block(1 << 16);
  while (file) {
    file.read(block.data(),
              static_cast<std::streamsize>(block.size()));  // `text << rdbuf()` hides errors.
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > most_bytes) {
      throw InputError("cannot read '" + path.string() +
                       "': there are more than 256 MB, so it is no file of ours; give another");
    }
  }
  if (file.bad()) {
    throw InputError("cannot read '" + path.string() + "': reading failed; copy it and try again");
  }
  return text;
}

}  // namespace mpisize
