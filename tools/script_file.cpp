#include "script_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

InputError cannot_replace(const ScriptFile& script, std::string_view why, std::string_view repair) {
  return InputError(fmt::format("cannot replace '{}': {}; {}", script.path.string(), why, repair));
}

InputError cannot_replace(const ScriptFile& script, int error) {
  return cannot_replace(script, std::generic_category().message(error),
                        "leave out --in-place and apply the diff with patch");
}

bool is_same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// Between reading and now, which may be minutes of sampling.
void check_unchanged(const ScriptFile& script) {
  struct stat now {};
  std::error_code none;
  const bool same = stat(script.path.c_str(), &now) == 0 && now.st_ino == script.status.st_ino &&
                    now.st_dev == script.status.st_dev && now.st_size == script.status.st_size &&
                    is_same_time(now.st_mtim, script.status.st_mtim) &&
                    read_file(script.path) == script.text;
  if (!same) {
    throw cannot_replace(script, "it was changed meanwhile", "start again");
  }
}

/// A second name for the old file: no copy that could differ in anything.
fs::path keep_old(const ScriptFile& script) {
  constexpr int most = 1000;
  const std::string first = script.target.string() + ".bak";
  for (int i = 0; i < most; ++i) {
    const std::string name = i == 0 ? first : fmt::format("{}.{}", first, i);
    if (link(script.target.c_str(), name.c_str()) == 0) return name;
    if (errno == EEXIST) continue;
    // A file system without hard links: a copy.
    const int error = errno;
    std::error_code failed;
    if (error != EPERM && error != EOPNOTSUPP) throw cannot_replace(script, error);
    if (!fs::copy_file(script.target, name, fs::copy_options::none, failed)) {
      throw cannot_replace(script, failed.value());
    }
    return name;
  }
  throw cannot_replace(script, fmt::format("there are {} backups '{}.*'", most, first),
                       "remove some");
}

/// A file beside the script, gone unless it was renamed.
class Beside {
 public:
  explicit Beside(const ScriptFile& script)
      : name_((script.target.parent_path() / ".mpisize-XXXXXX").string()) {
    file_ = mkostemp(name_.data(), O_CLOEXEC);
    if (file_ < 0) {
      name_.clear();
      throw cannot_replace(script, errno);
    }
  }
  ~Beside() {
    close(file_);
    if (!name_.empty()) unlink(name_.c_str());
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  Beside(Beside&&) = delete;
  Beside& operator=(Beside&&) = delete;

  /// 0 or the error number.
  [[nodiscard]] int fill(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t done = write(file_, text.data(), text.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return errno;
      text.remove_prefix(static_cast<std::size_t>(done));
    }
    return 0;
  }

  /// 0 or the error number. The owner first: to change him takes set-user-ID bits away.
  [[nodiscard]] int look_like(const struct stat& status) const {
    constexpr mode_t bits = 07777;
    if (fchown(file_, status.st_uid, status.st_gid) != 0) return errno;
    return fchmod(file_, status.st_mode & bits) == 0 && fsync(file_) == 0 ? 0 : errno;
  }

  [[nodiscard]] int rename_to(const fs::path& target) {
    if (rename(name_.c_str(), target.c_str()) != 0) return errno;
    name_.clear();
    return 0;
  }

 private:
  std::string name_;
  int file_ = -1;
};

}  // namespace

ScriptFile read_script(const fs::path& path) {
  ScriptFile script;
  script.path = path;
  script.text = read_file(path);
  std::error_code none;
  script.target = fs::canonical(path, none);
  if (stat(path.c_str(), &script.status) != 0) {
    throw InputError(fmt::format("cannot read '{}': {}; give the path of a readable file",
                                 path.string(), std::generic_category().message(errno)));
  }
  return script;
}

void check_replaceable(const ScriptFile& script) {
  if (!S_ISREG(script.status.st_mode)) {
    throw cannot_replace(script, "it is no file", "leave out --in-place");
  }
  if (script.status.st_uid != geteuid() && geteuid() != 0) {
    throw cannot_replace(script, "it belongs to another user", "copy it, or leave out --in-place");
  }
  check_writable(script.path);
}

fs::path replace_script(const ScriptFile& script, std::string_view text) {
  Beside beside(script);
  if (const int error = beside.fill(text)) throw cannot_replace(script, error);
  if (const int error = beside.look_like(script.status)) throw cannot_replace(script, error);
  check_unchanged(script);
  fs::path backup = keep_old(script);
  if (const int error = beside.rename_to(script.target)) {
    std::error_code none;
    fs::remove(backup, none);
    throw cannot_replace(script, error);
  }
  return backup;
}

}  // namespace mpisize::tools
