/// Something about a script that its user should know.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mpisize {

enum class Severity {
  note,     ///< Worth knowing; nothing has to be done.
  warning,  ///< The job may not do what was meant.
  error     ///< sbatch refuses the script, or the job cannot run.
};
[[nodiscard]] std::string_view name_of(Severity severity);

struct Finding {
  std::string id;  ///< "late-directive"; README lists them.
  Severity severity = Severity::warning;
  std::optional<std::size_t> line;  ///< Counted from 1; empty: the whole script.
  std::string why;
  std::string repair;
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// "job.sbatch:12: warning: WHY; REPAIR [late-directive]", a line each.
[[nodiscard]] std::string describe(const std::vector<Finding>& findings, std::string_view origin);

/// {"schema": "mpisize-lint", "schema_version": 1, "file": ORIGIN, "findings": [{"id", "severity",
/// "line", "why", "repair"}]}; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_json(const std::vector<Finding>& findings, std::string_view origin);

}  // namespace mpisize
