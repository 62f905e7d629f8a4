/// The rules of lint(), in groups. Private.
#pragma once

#include <string>
#include <utility>

#include "mpisize/write/lint.hpp"
#include "mpisize/write/script_body.hpp"

namespace mpisize::lint_rules {

/// Gathers findings; lines are given counted from 0.
class Findings {
 public:
  void add(Severity severity, const char* id, std::size_t line, std::string why,
           std::string repair) {
    found_.push_back({id, severity, line + 1, std::move(why), std::move(repair)});
  }
  void add_for_all(Severity severity, const char* id, std::string why, std::string repair) {
    found_.push_back({id, severity, std::nullopt, std::move(why), std::move(repair)});
  }
  [[nodiscard]] std::vector<Finding> take() && { return std::move(found_); }

 private:
  std::vector<Finding> found_;
};

/// Bytes and lines: shebang, line ends, directives where sbatch does not look for them.
void check_lines(const SbatchScript& script, Findings& findings);

/// Words and options of the directives.
void check_directives(const SbatchScript& script, Findings& findings);

/// Variables that hold over directives.
void check_environment(const SbatchScript& script, const LintOptions& options, Findings& findings);

/// Values, one by one and together.
void check_values(const SbatchScript& script, const LintOptions& options, Findings& findings);

/// Launch lines against the directives.
void check_body(const SbatchScript& script, const LintOptions& options, Findings& findings);

}  // namespace mpisize::lint_rules
