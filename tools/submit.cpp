#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "commands.hpp"
#include "errors.hpp"
#include "history_keeper.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "plan_json.hpp"
#include "print.hpp"
#include "sized_job.hpp"
#include "slurm_command.hpp"
#include "slurm_job.hpp"
#include "submit_script.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// Throws InputError, which says what is to be done with the script.
void check_can_send(const fs::path& script) {
  try {
    static_cast<void>(find_program("sbatch"));
  } catch (const StartError&) {
    throw InputError(
        fmt::format("there is no sbatch on this machine, so the job is not sent; the script is "
                    "'{}': send it with sbatch where jobs are submitted",
                    script.string()));
  }
}

/// What sbatch would do with the script, in its words.
std::string tried(const fs::path& script) {
  check_can_send(script);
  const SlurmAnswer answer = ask_slurm({"sbatch", "--test-only", script.string()});
  if (!answer.fine()) {
    throw InputError(fmt::format("sbatch would not take the job ({}); the script is '{}'",
                                 answer.reason(), script.string()));
  }
  return answer.errors.substr(answer.errors.find_first_not_of('\n'));
}

/// Sends the job; what is predicted goes to the history, under the number of the job.
std::string sent(const fs::path& script, HistoryEntry entry, const Talk& talk) {
  check_can_send(script);
  std::string job = send_job(script);
  entry.slurm = SlurmFacts();
  entry.slurm->job_id = job;
  if (!entry.program.path.empty()) static_cast<void>(HistoryKeeper(talk).keep(entry));
  return job;
}

/// Waits for the end of the job; its exit status, 1 where Slurm ended it.
int wait_for(const std::string& job, const std::string& name, const Talk& talk) try {
  // What scontrol shows is read up to a blank.
  const auto state = wait_for_job(job, name.substr(0, name.find(' ')), talk);
  if (!state) {
    throw InputError(fmt::format(
        "the controller does not know job {} any more; mpisize history sync asks the accounting",
        job));
  }
  say(talk, fmt::format("job {} is over: {}\n", job, state->state));
  if (state->state == "COMPLETED") return 0;
  int status = 0;  // Of "3:0", status and signal.
  const std::string& code = state->exit_code;
  std::from_chars(code.data(), code.data() + code.size(), status);
  return status != 0 ? status : 1;
} catch (const Interrupted&) {
  say(talk, fmt::format("job {0} goes on: squeue -j {0} shows it, scancel {0} ends it, and mpisize "
                        "history sync learns what became of it\n",
                        job));
  throw;
}

/// Prints, writes or sends the script of a job.
int deliver(const SubmitOptions& options, const SizedJob& sized, const Talk& talk) {
  JobExtras extras;
  extras.script_file = options.output;
  extras.plan_file = sized.script.plan_path;
  const std::string script = render(sized.script);
  say(talk, sized.words);
  if (options.dry_run) {
    extras.script = script;
    print(options.common.json ? with_job(sized.json, extras) : script);
    return 0;
  }
  if (sized.plan) write_file(*sized.script.plan_path, *sized.plan);
  write_file(options.output, script);
  if (options.write_only || options.test_only) {
    if (options.test_only) extras.tried = tried(options.output);
    print(options.common.json ? with_job(sized.json, extras)
                              : extras.tried.value_or(options.output + "\n"));
    return 0;
  }
  extras.job_id = sent(options.output, sized.entry, talk);
  print(options.common.json ? with_job(sized.json, extras) : *extras.job_id + "\n");
  return options.wait ? wait_for(*extras.job_id, sized.script.job_name, talk) : 0;
}

int write_script(const SubmitOptions& options, ChildLine& child, const Talk& talk) {
  if (child.wrapped && options.launcher == Launcher::srun) {
    throw UsageError(
        "--launcher srun cannot keep options of mpirun; write the program alone after --");
  }
  if (!options.dry_run) check_writable(options.output);
  return deliver(options, size_job(options, child, options.output, talk), talk);
}

int change_script(const SubmitOptions& options, ChildLine& child, const Talk& talk) {
  const ScriptFile file = read_script(*options.script);
  check_patchable(options, file);
  const SizedJob sized = size_job(options, child, *options.script, talk);
  say(talk, sized.words);
  return patch_script(options, file, sized, talk);
}

}  // namespace

int command(const SubmitOptions& options, const Talk& talk) {
  ChildLine child = options.child.empty() ? ChildLine() : read_child(options.child);
  if (!options.child.empty()) check_can_be_sized(child);
  return options.script ? change_script(options, child, talk) : write_script(options, child, talk);
}

}  // namespace mpisize::tools
