/// A question to who sits at the terminal.
#pragma once

#include <string_view>

#include "talk.hpp"

namespace mpisize::tools {

/// Whether anybody can be asked: stdin and stderr are terminals, and we may talk.
[[nodiscard]] bool can_ask(const Talk& talk);

/// Puts the text and "Go on? [Y/n]" to them; true for yes, or an empty line. Where nobody can be
/// asked the answer is `otherwise`, and nothing is said.
[[nodiscard]] bool confirm(const Talk& talk, std::string_view text, bool otherwise);

}  // namespace mpisize::tools
