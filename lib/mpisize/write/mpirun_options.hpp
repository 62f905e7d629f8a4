/// The command line of Open MPI's mpirun, as far as taking it apart needs. Private.
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
  per_package,        ///< -npersocket.
  mapping,            ///< Says where ranks go.
  binding,            ///< Says which cores they are bound to.
  mapping_and_binding,
  cores_per_rank,  ///< --cpus-per-proc.
  rankfile,        ///< Says host and cores of each rank.
  mca,             ///< Sets a parameter: the first value names it.
  variable,        ///< -x: exports a variable of the environment.
  hosts,
  hostfile,
  hardware_threads,  ///< A slot is a hardware thread.
  oversubscribe,
  no_oversubscribe,
  several_programs,  ///< --app.
  no_job             ///< Prints and ends, or starts no job of ranks.
};

struct MpirunOption {
  std::string_view name;  ///< Without dashes: mpirun takes one or two with every name.
  int values;             ///< Words that follow.
  MpirunRole role;
};

/// The option of that name, of Open MPI 4.1 (`mpirun --help all`, 4.1.4) or of Open MPI 5 (PRRTE's
/// personality ompi); empty if there is none. Single letters without value may stand together
/// (`-qv`): they are found as one option without value.
[[nodiscard]] std::optional<MpirunOption> mpirun_option(std::string_view name);

}  // namespace mpisize
