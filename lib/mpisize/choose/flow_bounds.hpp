/// Window, order and batch size: what holds for every plan of a batch or stream.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/choose/planner.hpp"
#include "mpisize/model/time_model.hpp"

namespace mpisize {

/// What bound_flow() found.
struct FlowBounds {
  std::vector<std::string> reasons;
  std::optional<std::string> too_small;  ///< Memory that not even one item fits into, one sentence.
};

/// Throws std::invalid_argument, naming the value, if what is forced makes no sense for the kind.
void validate_flow(const Request& request);

/// Bytes that items and results may take at the root: max_memory, else a quarter of what the node
/// grants, else 1 GiB.
[[nodiscard]] Bytes memory_of_flow(const Request& request);

/// Settles s.mould: the window as far as memory or the user bound it, the order unless that is
/// decided by the plan, the batch; and the largest chunk.
[[nodiscard]] FlowBounds bound_flow(const Request& request, Situation& s);

/// Settles what depends on the chosen plan: the window of a stream, and its order.
void finish_flow(const Request& request, const Situation& s, Plan& plan,
                 std::vector<std::string>& reasons);

}  // namespace mpisize
