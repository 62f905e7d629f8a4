/// The end of a file that a program has written.
#pragma once

#include <filesystem>
#include <string>

namespace mpisize::tools {

/// Its last lines, twelve at most, as far as they fit into 2 kB; without a line end. Empty if the
/// file is.
[[nodiscard]] std::string tail_of(const std::filesystem::path& path);

}  // namespace mpisize::tools
