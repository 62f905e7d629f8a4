/// Files that appear whole or not at all, and the directory where measurements are kept.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mpisize {

/// $XDG_CACHE_HOME/mpisize, else $HOME/.cache/mpisize, created if need be; empty if neither can be
/// used. Never an error: what is not cached is measured again.
[[nodiscard]] std::optional<std::filesystem::path> cache_directory();

/// The same, from the values of the two variables (empty or relative: not set).
[[nodiscard]] std::optional<std::filesystem::path> cache_directory(
    const std::string& xdg_cache_home, const std::string& home);

/// Writes a temporary file beside `path`, syncs it and renames it: readers see the old text or the
/// new, never half. Keeps the permissions of a file that is replaced; follows a symbolic link.
/// Throws InputError naming the path.
void write_file(const std::filesystem::path& path, std::string_view text);

/// Whole text of a file. Throws InputError naming the path.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// Permissions of a new file: 0666 without the umask.
[[nodiscard]] unsigned new_file_mode();

}  // namespace mpisize
