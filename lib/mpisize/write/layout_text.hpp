/// Layouts and patterns in words. Private.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/plan.hpp"

namespace mpisize {

/// "1 rank", "4 ranks".
[[nodiscard]] std::string counted(std::int64_t count, const std::string& singular);

/// "8 ranks on 2 nodes, 4 threads each".
[[nodiscard]] std::string in_words(const Layout& layout);

/// "dynamic, 16 items a chunk, 4 chunks queued a worker, the root computes too".
[[nodiscard]] std::string in_words(const ScatterPattern& pattern);

/// "n3 4, n1 4, n2 2 (rack 2, speed 0.58)": nodes that are alike in one piece.
[[nodiscard]] std::string in_words(const std::vector<PlacedNode>& placement);

}  // namespace mpisize
