/// The words that start an MPI job: argv, never a shell.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/write/mpirun_line.hpp"

namespace mpisize {

/// What mpirun may use of a node without being asked twice.
struct Slots {
  std::optional<int>
      per_node;  ///< Open MPI's slots of a node; its cores unless a hostfile says more.
  std::optional<int> cores_per_node;  ///< Cores that threads can be bound to.
  /// CPUs of a node in a Slurm job. Open MPI counts a slot for each of Slurm's tasks, whatever CPUs
  /// they have (ompi#6020, ompi#10071), unless it is told to use the entire allocation.
  std::optional<int> allocated{};
};

/// Whether two names mean one host, whatever user and domain stand with them.
[[nodiscard]] bool is_same_host(std::string_view a, std::string_view b);

/// The options that put ranks on these nodes in this order. Open MPI 4.1 takes the hosts of --host
/// in order, but `here`, where mpirun runs, before all others: where another comes first each rank
/// names its host (--map-by seq). Empty if no node has a name.
[[nodiscard]] std::vector<std::string> place_ranks(const std::vector<PlacedNode>& placement,
                                                   std::string_view here);

/// argv for the layout. The user's options come first and in order, then what we add: `-n`; if a
/// node gets more ranks than it has slots, --mca ras_slurm_use_entire_allocation 1 where the CPUs
/// that Slurm allocated suffice, else --oversubscribe; --map-by where ranks have threads of their
/// own or there are several nodes, and --bind-to none where threads exceed the cores, each only if
/// the user says nothing of the kind. Throws InputError if the user's --nooversubscribe forbids the
/// layout.
[[nodiscard]] std::vector<std::string> render_mpirun(const MpirunLine& line, const Layout& layout,
                                                     const Slots& slots = {});

/// srun in a job or by itself, with PMIx. --cpus-per-task is always there: srun of Slurm 22.05 and
/// later does not take it from sbatch. --mpi only if `options` has none.
[[nodiscard]] std::vector<std::string> render_srun(const std::string& launcher,
                                                   const std::vector<std::string>& options,
                                                   const Layout& layout,
                                                   const std::vector<std::string>& program);

}  // namespace mpisize
