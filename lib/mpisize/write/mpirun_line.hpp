/// The user's own mpirun line, taken apart.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpisize {

/// `mpirun -x VAR --mca a b -np 4 --map-by core ./app args`.
struct MpirunLine {
  std::string launcher = "mpirun";       ///< The first word, a path perhaps.
  std::vector<std::string> options;      ///< In order, without those that say how many ranks.
  std::vector<std::string> program;      ///< The program, then its arguments.
  std::optional<int> ranks;              ///< -n, -np, --n, --np, -c.
  std::optional<int> ranks_per_node;     ///< -N, -npernode, -pernode.
  std::optional<int> ranks_per_package;  ///< -npersocket.
  std::vector<std::string> unknown;      ///< Those of the options that are not known to us.
  friend bool operator==(const MpirunLine&, const MpirunLine&) = default;
};

/// Whether a command's first word names Open MPI's launcher: mpirun, mpiexec or orterun, with a
/// path or with Debian's suffix .openmpi.
[[nodiscard]] bool is_mpirun(std::string_view word);

/// Whether a word names an executable file, as mpirun would look for it.
using IsProgram = std::function<bool(const std::string&)>;

/// A line, or one sentence about why it cannot be taken apart, with the repair.
struct ParsedMpirun {
  std::optional<MpirunLine> line;
  std::string why;
};

/// Takes a line apart with the options of Open MPI 4.1 and 5: how many words each has, with one
/// dash or two; the program is the first word that is no option, or the one after "--". Of a
/// repeated count the last holds; 0 is no count, as for Open MPI 4.1, where it means every slot.
///
/// An option that is not known is kept. How many values it has is not known either, so that its
/// program is looked for: of the next three words (no option has more than two values) the one that
/// is an executable file, if no later word is one too. Words up to another option are its values.
///
/// Not taken apart: several programs (`:`, --app), options that start no job (--help, --version),
/// and a program that is not clear. Throws InputError, naming the word, for what mpirun refuses as
/// well: a missing value, a count that is no number, no program.
[[nodiscard]] ParsedMpirun take_apart(std::span<const std::string> argv,
                                      const IsProgram& is_program);

/// The same where only options of Open MPI are known; what is not taken apart throws InputError
/// too.
[[nodiscard]] MpirunLine parse_mpirun(std::span<const std::string> argv);

}  // namespace mpisize
