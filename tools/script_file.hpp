/// Job scripts on disk.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace mpisize::tools {

/// A script, and which file it was.
struct ScriptFile {
  std::filesystem::path path;    ///< As the user named it.
  std::filesystem::path target;  ///< Behind symbolic links.
  std::string text;
  struct stat status {};
};

/// Throws InputError naming the path if it cannot be read.
[[nodiscard]] ScriptFile read_script(const std::filesystem::path& path);

/// Throws InputError unless the script can be replaced: it is a file, its directory can be written,
/// and its owner kept.
void check_replaceable(const ScriptFile& script);

/// Puts `text` in the place of the script, whole or not at all: written beside it and renamed, mode
/// and owner kept, a symbolic link followed. The old file stays as NAME.bak (.bak.1, .bak.2 ... if
/// that is there). Throws InputError, and leaves everything as it is, if the script is no longer
/// what was read. Returns the path of the backup.
std::filesystem::path replace_script(const ScriptFile& script, std::string_view text);

}  // namespace mpisize::tools
