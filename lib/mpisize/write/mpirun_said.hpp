/// What the user's own options of mpirun say. Not installed.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/write/mpirun_options.hpp"

namespace mpisize {

/// One option at the start of `words`.
struct MpirunWords {
  std::optional<MpirunOption> option;  ///< Empty: unknown.
  std::vector<std::string> values;     ///< Of an unknown option: all words up to the next option.
  std::size_t words = 1;  ///< How many it takes, itself included; `--name=value` is one.
};

/// Whether a word is an option and not a value or a program.
[[nodiscard]] bool looks_like_option(const std::string& word);

/// Takes the option apart. Throws InputError if a value is missing.
[[nodiscard]] MpirunWords take_option(std::span<const std::string> words);

/// `ppr:2:node`: ranks per object.
struct RanksPerObject {
  int ranks = 1;
  std::string object;  ///< "node", "socket" ...
};

/// Of what is said twice Open MPI 4.1 takes the last.
struct MpirunSaid {
  std::vector<std::string> map_by;    ///< Policies in lower case, as written: "slot:pe=2".
  std::vector<std::string> bind_to;   ///< "core", "none" ...
  std::optional<int> cores_per_rank;  ///< PE= of the last policy, or --cpus-per-proc.
  bool placed = false;                ///< --rankfile, --cpu-list: rank by rank.
  bool rankfile = false;              ///< --rankfile, --map-by rankfile.
  bool other_mapper = false;          ///< --mca rmaps NAME.
  bool oversubscribe = false;
  bool no_oversubscribe = false;
  bool hardware_threads = false;
  std::vector<std::string> hosts;                               ///< "a:2,b", one for each --host.
  std::vector<std::string> hostfiles;                           ///< Paths.
  std::map<std::string, std::string> parameters;                ///< MCA.
  std::map<std::string, std::optional<std::string>> variables;  ///< -x NAME, -x NAME=value.

  [[nodiscard]] bool maps() const { return placed || other_mapper || !map_by.empty(); }
  [[nodiscard]] bool binds() const { return placed || cores_per_rank || !bind_to.empty(); }
  /// Of the last policy.
  [[nodiscard]] std::optional<RanksPerObject> ranks_per_object() const;
};

using Variables = std::map<std::string, std::string>;

/// From options as MpirunLine keeps them, and Open MPI's variables of an environment (OMPI_MCA_*),
/// which options override. Throws InputError if the first word is no option.
[[nodiscard]] MpirunSaid what_is_said(std::span<const std::string> options,
                                      const Variables& environment = {});

}  // namespace mpisize
