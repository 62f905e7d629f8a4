/// A line that starts an MPI program, and the numbers on it. Private.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/write/job_script.hpp"
#include "mpisize/write/sbatch_script.hpp"

namespace mpisize {

enum class LaunchRole { ranks, nodes, ranks_per_node, threads };

/// A number of a launch line: "4" of `-np 4`, "2" of `--map-by ppr:2:node`.
struct LaunchNumber {
  LaunchRole role = LaunchRole::ranks;
  std::string spelling;  ///< "-np", "--map-by"
  ScriptWord word;
  std::size_t first = 0;  ///< Of the number, within the word.
  std::string text;
  bool computed = false;

  [[nodiscard]] std::size_t line() const { return word.line; }
};

/// What keeps a line from being understood.
struct LaunchObstacle {
  std::string why;
  std::string repair;
};

struct Launch {
  Launcher launcher = Launcher::mpirun;
  ScriptWord word;  ///< The launcher itself.
  std::vector<LaunchNumber> numbers;
  std::optional<ScriptWord> program;
  std::optional<std::string> het_group;   ///< srun's, or its older name --pack-group.
  bool may_share = false;                 ///< srun --overlap, or --exact with --mem of its own.
  bool in_background = false;             ///< It ends in &.
  bool has_mpi = false;                   ///< srun --mpi
  std::vector<LaunchObstacle> obstacles;  ///< Not empty: the numbers are not all of them.

  [[nodiscard]] const LaunchNumber* number(LaunchRole role) const;
};

/// A command whose first word is a launcher: options, numbers, program.
[[nodiscard]] Launch read_launch(std::span<const ScriptWord> words);

/// Whether a word names mpirun, mpiexec or orterun of Open MPI or MPICH, or srun.
[[nodiscard]] bool is_launcher(std::string_view word);

/// Whether the text is a variable in which Slurm gives the job's number of that kind: $SLURM_NTASKS
/// or ${SLURM_NTASKS:-4} for ranks.
[[nodiscard]] bool is_slurms_own(LaunchRole role, std::string_view text);

/// The last part of a path.
[[nodiscard]] std::string_view base_name(std::string_view path);

}  // namespace mpisize
