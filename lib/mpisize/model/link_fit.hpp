/// A link from measured message times.
#pragma once

#include <vector>

#include "mpisize/model/comm_model.hpp"

namespace mpisize {

/// A link through one-way times, sizes ascending, at least four: every second size is fitted and
/// the others give the relative error; then all are fitted. The eager limit is the last size before
/// the breakpoint where the time jumps up most. Throws std::invalid_argument for fewer sizes.
[[nodiscard]] Link fit_link(Level level, const std::vector<MessageTime>& times);

}  // namespace mpisize
