/// Sizes and starts a program that knows nothing of mpisize.
#pragma once

#include <optional>
#include <vector>

#include "child_line.hpp"
#include "mpisize/write/launch_lint.hpp"
#include "options.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Its exit status. `told`: findings about its line that were told already. Empty: a sample has
/// shown that it is linked with mpisize, so that its call can be sized.
[[nodiscard]] std::optional<int> run_program(const RunOptions& options, const ChildLine& child,
                                             const std::vector<LaunchFinding>& told,
                                             SpooledInput& input, const Talk& talk);

/// Whether to size the program as a whole: it is not linked with mpisize, or nobody knows. Notes
/// the linkage if it has to look for it.
[[nodiscard]] bool is_whole_program(const Facts& facts, ChildLine& child);

}  // namespace mpisize::tools
