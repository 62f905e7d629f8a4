/// The command line of Open MPI 4.1's mpirun, as far as taking it apart needs. Private.
#pragma once

#include <optional>
#include <string_view>

namespace mpisize {

/// What an option of mpirun is to a plan.
enum class MpirunRole {
  other,              ///< Kept as it is.
  ranks,              ///< Says how many ranks.
  ranks_per_node,     ///< Says how many ranks per node.
  one_rank_per_node,  ///< -pernode.
  mapping,            ///< Says where ranks go.
  binding,            ///< Says which cores they are bound to.
  mapping_and_binding,
  mca,  ///< Sets a parameter: the first value names it.
  oversubscribe,
  no_oversubscribe,
  per_package,       ///< -npersocket: a count that depends on the hardware.
  several_programs,  ///< --app.
  no_job             ///< Prints and ends, or starts no job of ranks.
};

struct MpirunOption {
  std::string_view name;  ///< Without dashes: mpirun takes one or two with every name.
  int values;             ///< Words that follow.
  MpirunRole role;
};

/// The option of that name (`mpirun --help all`, Open MPI 4.1.4); empty if there is none. Single
/// letters without value may stand together (`-qv`): they are found as one option without value.
[[nodiscard]] std::optional<MpirunOption> mpirun_option(std::string_view name);

}  // namespace mpisize
