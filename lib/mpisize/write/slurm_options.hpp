/// The options of Slurm's sbatch and srun.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mpisize {

enum class SlurmCommand { sbatch, srun };

/// What stands behind an option.
enum class Takes {
  absent,   ///< The command has no such option.
  nothing,  ///< --hold
  value,    ///< --nodes=4, --nodes 4, -N4, -N 4
  maybe     ///< --exclusive, --exclusive=user: only ever in the same word.
};

struct SlurmOption {
  std::string_view name;  ///< Without dashes.
  char letter;            ///< Of the short form; no_letter if there is none.
  Takes sbatch;
  Takes srun;

  [[nodiscard]] Takes takes(SlurmCommand command) const {
    return command == SlurmCommand::sbatch ? sbatch : srun;
  }
  /// Two names mean one option in one case: tasks-per-node is ntasks-per-node.
  [[nodiscard]] std::string_view meaning() const {
    return name == "tasks-per-node" ? "ntasks-per-node" : name;
  }
};

inline constexpr char no_letter = '\0';

/// The option with that letter, or null.
[[nodiscard]] const SlurmOption* slurm_option(SlurmCommand command, char letter);

/// The option of exactly that name, or null.
[[nodiscard]] const SlurmOption* slurm_option(SlurmCommand command, std::string_view name);

/// What getopt_long(3) makes of a name: the option of that name, else the one that begins so; with
/// several that do, none of them.
struct OptionMatch {
  const SlurmOption* option = nullptr;
  std::vector<std::string> candidates;  ///< Not empty: the name is ambiguous.
};
[[nodiscard]] OptionMatch match_slurm_option(SlurmCommand command, std::string_view prefix);

/// Names of all options of a command, for "did you mean".
[[nodiscard]] std::vector<std::string> slurm_option_names(SlurmCommand command);

/// Whether sbatch takes this option from its own command line only and ignores it in a script:
/// --help, --quiet, --usage, --verbose, --version and --wrap.
[[nodiscard]] bool is_ignored_in_scripts(const SlurmOption& option);

/// Whether a component of a heterogeneous job has this option from the components before it where
/// it does not say otherwise: of what a plan sets, all but counts and memory per CPU.
[[nodiscard]] bool is_carried_over(std::string_view option);

/// A variable that sbatch reads as an option; it holds over the script.
struct SbatchVariable {
  std::string_view name;    ///< "SBATCH_TIMELIMIT"
  std::string_view option;  ///< "time"
};
[[nodiscard]] std::vector<SbatchVariable> sbatch_variables();

}  // namespace mpisize
