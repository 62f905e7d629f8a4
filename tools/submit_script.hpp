/// `mpisize submit --script`: a plan into a script that is there already.
#pragma once

#include <optional>
#include <string>

#include "mpisize/write/job_script.hpp"
#include "mpisize/write/json.hpp"
#include "options.hpp"
#include "script_file.hpp"
#include "sized_job.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Prints the unified diff, or with --in-place replaces the script and prints its path; under
/// --json the plan with "diff", "remarks" and "backup_file". Its program is empty
/// if none was given.
int patch_script(const SubmitOptions& options, const ScriptFile& file, const SizedJob& sized,
                 const Talk& talk);

/// Throws InputError if the script cannot be patched: before anything is measured for it.
void check_patchable(const SubmitOptions& options, const ScriptFile& file);

}  // namespace mpisize::tools
