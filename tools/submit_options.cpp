#include "submit_options.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "cluster_options.hpp"
#include "errors.hpp"
#include "values.hpp"

namespace mpisize::tools {
namespace {

Launcher launcher_of(std::string_view option, std::string_view text) {
  if (text == "mpirun") return Launcher::mpirun;
  if (text == "srun") return Launcher::srun;
  throw UsageError(fmt::format("{} '{}' is not mpirun or srun", option, text));
}

/// What goes with --script, and what needs it.
void check_script_options(const SubmitOptions& submit, const Values& values) {
  for (const char* const name : {"in-place", "het-group"}) {
    if (values.has(name) && !submit.script) {
      throw UsageError(fmt::format("--{} needs --script FILE", name));
    }
  }
  if (submit.journal && !submit.requeue) {
    throw UsageError("--journal is the file that a job with --requeue goes on from; add --requeue");
  }
  for (const char* const name : {"output", "launcher", "write", "test-only", "wait", "requeue"}) {
    if (values.has(name) && submit.script) {
      throw UsageError(fmt::format(
          "--{} is for a new script, and --script changes one that is there; leave one of them out",
          name));
    }
  }
  constexpr std::array what_is_done{"dry-run", "write", "test-only", "wait"};
  const char* first = nullptr;
  for (const char* const name : what_is_done) {
    if (!values.has(name)) continue;
    if (first) {
      throw UsageError(fmt::format("--{} contradicts --{}; leave one of them out", name, first));
    }
    first = name;
  }
  if (submit.in_place && submit.dry_run) {
    throw UsageError("--dry-run contradicts --in-place; leave one of them out");
  }
  if (submit.child.empty() && !submit.facts.plan && !submit.facts.kernel) {
    throw UsageError(
        "the program is missing, which has to be sampled; write it after --, or give --kernel or "
        "--plan");
  }
}

}  // namespace

SubmitOptions submit_of(SubmitOptions submit, const Values& values,
                        const std::vector<std::string>& child) {
  submit.dry_run = values.has("dry-run");
  submit.write_only = values.has("write");
  submit.test_only = values.has("test-only");
  submit.wait = values.has("wait");
  submit.output = values.filled("output").value_or(submit.output);
  submit.script = values.filled("script");
  submit.in_place = values.has("in-place");
  submit.het_group = values.read("het-group", read_whole);
  submit.launcher = values.read("launcher", launcher_of).value_or(Launcher::mpirun);
  submit.job_name = values.filled("job-name");
  submit.partition = values.filled("partition");
  submit.account = values.filled("account");
  submit.cluster = cluster_wishes_of(values, false);
  submit.time = values.read("time", read_time);
  submit.requeue = values.has("requeue");
  submit.journal = values.filled("journal");
  submit.child = child;
  check_script_options(submit, values);
  return submit;
}

}  // namespace mpisize::tools
