/// A directory of our own for files that nobody is to see.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mpisize::tools {

/// A new directory in `place`, "mpisize-" and a name nobody can guess. Throws InputError if there
/// is no place for it.
[[nodiscard]] std::filesystem::path make_unguessable(const std::filesystem::path& place);

/// Made under $TMPDIR with a name nobody can guess; removed with all that is in it.
class TemporaryDirectory {
 public:
  /// Throws InputError if there is no place for it.
  TemporaryDirectory();
  /// In another folder, such as one that all hosts see.
  explicit TemporaryDirectory(const std::filesystem::path& place);
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  TemporaryDirectory(TemporaryDirectory&&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;

  [[nodiscard]] std::filesystem::path file(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Throws InputError unless a file can be made or replaced at `path`; nothing is left there. To be
/// asked before hours of work rather than after.
void check_writable(const std::filesystem::path& path);

}  // namespace mpisize::tools
