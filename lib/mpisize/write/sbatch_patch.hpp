/// A plan's values written into a script that is there already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpisize/write/finding.hpp"
#include "mpisize/write/job_request.hpp"
#include "mpisize/write/line_edit.hpp"
#include "mpisize/write/sbatch_script.hpp"

namespace mpisize {

struct PatchOptions {
  JobRequest request;                    ///< What is empty stays as the script has it.
  std::optional<std::string> program;    ///< Whose launch lines are meant; empty: there is one.
  std::optional<std::size_t> component;  ///< Of a heterogeneous job, counted from 0.
  std::optional<std::string> plan_path;  ///< New value of MPISIZE_PLAN where the script sets it.
};

struct Patch {
  std::vector<LineEdit> edits;      ///< edited() and unified_diff() take them.
  std::vector<Finding> remarks;     ///< What was left as it is, and may contradict the plan.
  std::size_t component = 0;        ///< The one that was changed.
  bool sets_plan_variable = false;  ///< MPISIZE_PLAN is set in the script.
};

/// Changes a script so that it asks for `request` and its launch lines start that many ranks.
///
/// - An option that is there is changed where it stands and in the form in which it is written
/// (-N4,
///   --nodes 4, "--nodes=4"); a value that means the same already is left alone. Of several
///   occurrences the last one holds and is changed; the earlier ones are taken out, since they say
///   something that is not so.
/// - One that is not there is added after the last directive of the component, or after its hetjob
///   line, or after the shebang.
/// - Memory is said in one way: --mem, --mem-per-cpu and --mem-per-gpu become the one that is
///   asked for. --time-min goes if it is longer than the time. --exclusive stays.
/// - Launch lines: numbers of mpirun and srun, and of OMP_NUM_THREADS, that are written out;
///   srun gets --cpus-per-task if there are several, since Slurm 22.05 does not hand it down.
///   Slurm's own variables are right as they are; other computed numbers stay, with a remark.
/// - A heterogeneous job: the component whose --het-group the launch line names, else the first.
///
/// Everything else stays, byte for byte, and a second patch with the same options changes nothing.
/// Throws InputError, with the line and the repair, as check_readable() does; also if tasks are
/// counted by GPU, if --nodelist names more nodes than are planned, if the component cannot be
/// told, or is not there.
[[nodiscard]] Patch patch_sbatch(const SbatchScript& script, const PatchOptions& options);

}  // namespace mpisize
