#include "mpisize/write/lint.hpp"

#include <algorithm>

#include "mpisize/write/lint_rules.hpp"

namespace mpisize {

std::vector<Finding> lint(const SbatchScript& script, const LintOptions& options) {
  lint_rules::Findings findings;
  lint_rules::check_lines(script, findings);
  lint_rules::check_directives(script, findings);
  lint_rules::check_environment(script, options, findings);
  lint_rules::check_values(script, options, findings);
  lint_rules::check_body(script, options, findings);
  std::vector<Finding> sorted = std::move(findings).take();
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Finding& a, const Finding& b) { return a.line < b.line; });
  return sorted;
}

}  // namespace mpisize
