/// The words that start an MPI job: argv, never a shell.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/choose/plan.hpp"

namespace mpisize {

/// `mpirun -x VAR --mca a b -np 4 --map-by core ./app args`, taken apart.
struct MpirunLine {
  std::string launcher = "mpirun";    ///< The first word, a path perhaps.
  std::vector<std::string> options;   ///< In order, without those that say how many ranks.
  std::vector<std::string> program;   ///< The program, then its arguments.
  std::optional<int> ranks;           ///< -n, -np, --n, --np, -c.
  std::optional<int> ranks_per_node;  ///< -N, -npernode, -pernode.
  friend bool operator==(const MpirunLine&, const MpirunLine&) = default;
};

/// Whether a command's first word names Open MPI's launcher: mpirun, mpiexec or orterun, with a
/// path or with Debian's suffix .openmpi.
[[nodiscard]] bool is_mpirun(std::string_view word);

/// Takes a line apart with the options of Open MPI 4.1 (`mpirun --help all`): how many words each
/// has, with one dash or two; the program is the first word that is no option. Of a repeated count
/// the last holds. Throws InputError, naming the word, for an option that Open MPI 4.1 does not
/// have or whose value is missing, a count that is no positive number, several programs (`:`,
/// --app), options that do not start a job (--help, --version), -npersocket, and if there is no
/// program.
[[nodiscard]] MpirunLine parse_mpirun(std::span<const std::string> argv);

/// What mpirun may use without being asked twice.
struct Slots {
  std::optional<int>
      per_node;  ///< Open MPI's slots of a node; its cores unless a hostfile says more.
  std::optional<int> cores_per_node;  ///< Cores that threads can be bound to.
};

/// Whether two names mean one host, whatever user and domain stand with them.
[[nodiscard]] bool is_same_host(std::string_view a, std::string_view b);

/// The options that put ranks on these nodes in this order. Open MPI 4.1 takes the hosts of --host
/// in order, but `here`, where mpirun runs, before all others: where another comes first each rank
/// names its host (--map-by seq). Empty if no node has a name.
[[nodiscard]] std::vector<std::string> place_ranks(const std::vector<PlacedNode>& placement,
                                                   std::string_view here);

/// argv for the layout. The user's options come first and in order, then what we add: `-n`;
/// --oversubscribe only if a node gets more ranks than it has slots; --map-by where ranks have
/// threads of their own or there are several nodes, and --bind-to none where threads exceed the
/// cores, each only if the user says nothing of the kind. Throws InputError if the user's
/// --nooversubscribe forbids the layout.
[[nodiscard]] std::vector<std::string> render_mpirun(const MpirunLine& line, const Layout& layout,
                                                     const Slots& slots = {});

/// srun in a job or by itself, with PMIx. --cpus-per-task is always there: srun of Slurm 22.05 and
/// later does not take it from sbatch. --mpi only if `options` has none.
[[nodiscard]] std::vector<std::string> render_srun(const std::string& launcher,
                                                   const std::vector<std::string>& options,
                                                   const Layout& layout,
                                                   const std::vector<std::string>& program);

}  // namespace mpisize
