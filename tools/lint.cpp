#include "mpisize/write/lint.hpp"

#include <algorithm>
#include <string>

#include "commands.hpp"
#include "environment.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/finding.hpp"
#include "print.hpp"

namespace mpisize::tools {
int command(const LintCommand& options, const Talk& talk) {
  LintOptions rules;
  rules.environment = environment_here();
  rules.max_array_size = options.max_array_size.value_or(rules.max_array_size);
  const SbatchScript script = parse_sbatch(read_file(options.script), options.script);
  const std::vector<Finding> findings = lint(script, rules);
  print(options.common.json ? to_json(findings, options.script)
                            : describe(findings, options.script));
  if (findings.empty()) say(talk, "no findings in " + options.script + "\n");
  const bool wrong = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity != Severity::note;
  });
  return wrong ? 1 : 0;
}

}  // namespace mpisize::tools
