/// A question to who sits at the terminal.
#pragma once

#include <string_view>

#include "talk.hpp"

namespace mpisize::tools {

/// Whether anybody can be asked: stdin and stderr are terminals, and we may talk.
[[nodiscard]] bool can_ask(const Talk& talk);

/// Puts the question, with "[Y/n]" or "[y/N]", and reads a line of stdin: true for y and yes,
/// `if_empty` for an empty line, false for anything else.
[[nodiscard]] bool confirm(const Talk& talk, std::string_view question, bool if_empty);

}  // namespace mpisize::tools
