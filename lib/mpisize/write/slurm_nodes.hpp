/// The nodes of partitions, as sinfo groups them.
#pragma once

#include <string_view>
#include <vector>

#include "mpisize/model/cluster.hpp"

namespace mpisize {

/// Puts the nodes of an answer to nodes_question() into their partitions; those that differ only in
/// what they do become one group. Throws InputError that names the line.
void add_nodes(std::string_view text, std::vector<Partition>& partitions);

}  // namespace mpisize
