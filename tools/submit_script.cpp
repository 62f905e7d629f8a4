#include "submit_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "environment.hpp"
#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/lint.hpp"
#include "mpisize/write/report.hpp"
#include "mpisize/write/sbatch_patch.hpp"
#include "plan_json.hpp"
#include "print.hpp"

namespace mpisize::tools {
namespace {

PatchOptions patch_options(const SubmitOptions& options) {
  PatchOptions patch;
  if (options.het_group) patch.component = static_cast<std::size_t>(*options.het_group);
  return patch;
}

/// What the script, or the environment, says beside the directives that are changed.
std::vector<Finding> said_elsewhere(const SbatchScript& script) {
  LintOptions rules;
  rules.environment = environment_here();
  std::vector<Finding> found = lint(script, rules);
  constexpr std::array<std::string_view, 4> elsewhere{"environment", "late-directive",
                                                      "indented-directive", "wrong-case"};
  std::erase_if(found, [&](const Finding& finding) {
    return std::find(elsewhere.begin(), elsewhere.end(), finding.id) == elsewhere.end();
  });
  return found;
}

}  // namespace

void check_patchable(const SubmitOptions& options, const ScriptFile& file) {
  if (options.in_place) check_replaceable(file);
  // With no request nothing is changed, and everything is looked at.
  static_cast<void>(
      patch_sbatch(parse_sbatch(file.text, file.path.string()), patch_options(options)));
}

int patch_script(const SubmitOptions& options, const ScriptFile& file, const SizedJob& sized,
                 const Talk& talk) {
  const JobScript& job = sized.script;
  const std::string name = file.path.string();
  const SbatchScript script = parse_sbatch(file.text, name);
  PatchOptions wanted = patch_options(options);
  wanted.request = request_of(job);
  wanted.request.job_name = options.job_name;  // Not made up from the program: the script has one.
  if (!job.program.empty()) wanted.program = job.program.front();
  wanted.plan_path = job.plan_path;
  const Patch patch = patch_sbatch(script, wanted);
  std::vector<Finding> remarks = said_elsewhere(script);
  remarks.insert(remarks.end(), patch.remarks.begin(), patch.remarks.end());
  const std::string diff = unified_diff(script, patch.edits, name, name);
  for (const Finding& remark : remarks) {
    warn(talk, fmt::format("{}{}: {}; {}", name,
                           remark.line ? fmt::format(", line {}", *remark.line) : "", remark.why,
                           remark.repair));
  }

  if (patch.sets_plan_variable && !options.in_place && sized.plan) {
    warn(talk, fmt::format("the script names a plan in MPISIZE_PLAN, and '{}' is written by "
                           "--in-place only; or give --plan FILE",
                           *job.plan_path));
  }

  JobExtras extras;
  extras.script_file = name;
  extras.diff = diff;
  extras.remarks = std::move(remarks);
  if (options.in_place && !diff.empty()) {
    extras.backup_file = replace_script(file, edited(script, patch.edits)).string();
    if (patch.sets_plan_variable && sized.plan) {
      write_file(*job.plan_path, *sized.plan);
      extras.plan_file = job.plan_path;
    }
    say(talk, fmt::format("the old script is {}\n", *extras.backup_file));
  }
  if (diff.empty()) say(talk, fmt::format("{} asks for that already: nothing to change\n", name));
  if (options.common.json) {
    print(with_job(sized.json, extras));
  } else {
    print(options.in_place ? name + "\n" : diff);
  }
  return 0;
}

}  // namespace mpisize::tools
