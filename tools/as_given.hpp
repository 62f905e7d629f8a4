/// Starts the user's line word by word: nothing is sized.
#pragma once

#include "child_line.hpp"
#include "options.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Says why, if that was not asked for, and what is likely wrong with the line; starts it, or
/// prints it with --dry-run. The exit code is the child's.
[[nodiscard]] int start_as_given(const RunOptions& options, const ChildLine& child,
                                 const Talk& talk);

}  // namespace mpisize::tools
