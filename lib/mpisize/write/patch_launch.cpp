#include "mpisize/write/patch_launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mpisize/write/shell_quote.hpp"

namespace mpisize {
namespace {

std::optional<int> wanted(const JobRequest& request, LaunchRole role) {
  switch (role) {
    case LaunchRole::ranks:
      return request.ntasks;
    case LaunchRole::nodes:
      return request.nodes;
    case LaunchRole::ranks_per_node:
      return request.ntasks_per_node;
    case LaunchRole::threads:
      return request.cpus_per_task;
  }
  return std::nullopt;
}

std::string_view variable_of(LaunchRole role) {
  switch (role) {
    case LaunchRole::ranks:
      return "$SLURM_NTASKS";
    case LaunchRole::nodes:
      return "$SLURM_JOB_NUM_NODES";
    case LaunchRole::ranks_per_node:
      return "$SLURM_NTASKS_PER_NODE";
    case LaunchRole::threads:
      return "$SLURM_CPUS_PER_TASK";
  }
  return "";
}

void remark(std::vector<Finding>& remarks, std::string id, const ScriptWord& word, std::string why,
            std::string repair) {
  remarks.push_back(
      {std::move(id), Severity::warning, word.line + 1, std::move(why), std::move(repair)});
}

void patch_number(const SbatchScript& script, const LaunchNumber& number, const JobRequest& request,
                  ScriptEditor& editor, std::vector<Finding>& remarks) {
  const auto value = wanted(request, number.role);
  if (!value || is_slurms_own(number.role, number.text)) return;
  if (number.computed) {
    remark(remarks, "computed-launch", number.word,
           fmt::format("{} is {}, which is worked out when the job runs, and is left as it is",
                       number.spelling, number.text),
           fmt::format("make it {} or {}", *value, variable_of(number.role)));
    return;
  }
  editor.replace(number.line(), replace_in_word(script.text, number.word, number.first,
                                                number.text.size(), std::to_string(*value)));
}

/// srun of Slurm 22.05 does not take --cpus-per-task from sbatch.
void give_cpus(const ScriptBody& body, const Launch& launch, const JobRequest& request,
               ScriptEditor& editor) {
  if (launch.launcher != Launcher::srun || request.cpus_per_task.value_or(1) < 2) return;
  if (launch.number(LaunchRole::threads) != nullptr || body.sets("SRUN_CPUS_PER_TASK")) return;
  editor.replace(launch.word.line, {launch.word.end, launch.word.end,
                                    fmt::format(" --cpus-per-task={}", *request.cpus_per_task)});
}

void patch_variables(const SbatchScript& script, const ScriptBody& body,
                     const PatchOptions& options, ScriptEditor& editor,
                     std::vector<Finding>& remarks) {
  for (const ShellAssignment& assignment : body.assignments) {
    if (assignment.name == "OMP_NUM_THREADS") {
      patch_number(script, assignment.value, options.request, editor, remarks);
    }
    if (assignment.name == "MPISIZE_PLAN" && options.plan_path) {
      const LaunchNumber& value = assignment.value;
      if (value.text == *options.plan_path) continue;
      editor.replace(value.line(), replace_rest(script.text, value.word, value.first,
                                                shell_quote(*options.plan_path)));
    }
  }
}

std::string program_name(const Launch& launch) {
  return launch.program ? std::string(base_name(launch.program->text)) : "";
}

}  // namespace

std::vector<const Launch*> lines_of_program(const ScriptBody& body, const PatchOptions& options,
                                            std::vector<Finding>& remarks) {
  std::vector<const Launch*> all;
  for (const Launch& launch : body.launches) all.push_back(&launch);
  if (!body.is_shell) {
    remarks.push_back({"no-shell", Severity::warning, 1,
                       "the script is none of a shell, so its launch lines are not looked for",
                       "bring them in step by hand"});
    return {};
  }
  if (options.program) {
    const std::string wanted_name(base_name(*options.program));
    std::vector<const Launch*> matching;
    std::vector<const Launch*> computed;
    for (const Launch* launch : all) {
      if (program_name(*launch) == wanted_name) matching.push_back(launch);
      if (!launch->program || launch->program->computed) computed.push_back(launch);
    }
    if (!matching.empty()) return matching;
    if (computed.size() == 1) return computed;
    if (!all.empty()) {
      remark(remarks, "launch-left", all.front()->word,
             fmt::format("no launch line starts {}, so all are left as they are", wanted_name),
             "name the program as the script does, or bring its line in step by hand");
    }
    return {};
  }
  std::set<std::string> programs;
  for (const Launch* launch : all) programs.insert(program_name(*launch));
  if (programs.size() > 1) {
    remark(remarks, "launch-left", all.front()->word,
           fmt::format("the launch lines start several programs ({}) and are left as they are",
                       fmt::join(programs, ", ")),
           "name the one that is planned after --");
    return {};
  }
  return all;
}

void patch_launches(const SbatchScript& script, const ScriptBody& body,
                    const std::vector<const Launch*>& launches, const PatchOptions& options,
                    ScriptEditor& editor, std::vector<Finding>& remarks) {
  for (const Launch* launch : launches) {
    if (!launch->obstacles.empty()) {
      const LaunchObstacle& obstacle = launch->obstacles.front();
      remark(remarks, "launch-left", launch->word,
             fmt::format("the launch line is left as it is: {}", obstacle.why), obstacle.repair);
      continue;
    }
    for (const LaunchNumber& number : launch->numbers) {
      patch_number(script, number, options.request, editor, remarks);
    }
    give_cpus(body, *launch, options.request, editor);
  }
  for (const ScriptWord& launcher : body.computed_launchers) {
    remark(remarks, "launch-left", launcher,
           fmt::format("{} may start ranks, and its line is left as it is", launcher.text),
           "bring it in step by hand");
  }
  patch_variables(script, body, options, editor, remarks);
}

}  // namespace mpisize
