/// Answers on stdout.
#pragma once

#include <string_view>

namespace mpisize::tools {

/// The whole text on stdout, flushed. Throws InputError if it cannot be written (disk full); a
/// reader that went away ends us by SIGPIPE, as everywhere.
void print(std::string_view text);

}  // namespace mpisize::tools
