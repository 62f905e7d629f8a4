/// The corpus of job scripts: see README.md.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "mpisize/write/sbatch_patch.hpp"

namespace mpisize::testing {

struct ScriptCase {
  std::string file;
  std::string name;
  PatchOptions options;
  std::vector<std::string> remarks;              ///< Ids of all of them, sorted.
  std::optional<std::vector<std::string>> lint;  ///< Ids of all findings, sorted.
  std::string refused;                           ///< Words of the refusal; empty: none.
  std::string not_submitted;                     ///< Why sbatch does not take the result.
  std::string before;
  std::string after;
  std::size_t block = 0;             ///< Where the lines that go end in the last change.
  std::vector<std::string> changes;  ///< "-line" and "+line" in the order of the diff.
};

/// For GoogleTest: the script.
inline void PrintTo(const ScriptCase& c, std::ostream* out) { *out << "\n" << c.before; }

/// All cases of all *.cases files of a directory.
[[nodiscard]] std::vector<ScriptCase> read_script_cases(const std::filesystem::path& directory);

}  // namespace mpisize::testing
