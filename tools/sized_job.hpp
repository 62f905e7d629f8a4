/// A program sized for a job of Slurm: linked with mpisize, or a whole one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "child_line.hpp"
#include "mpisize/model/history_entry.hpp"
#include "mpisize/write/job_script.hpp"
#include "options.hpp"
#include "talk.hpp"

namespace mpisize::tools {

struct SizedJob {
  JobScript script;
  std::string words;  ///< The decision, for people.
  std::string json;   ///< The same as one object.
  /// What a script's MPISIZE_PLAN names, which has to be written before the job starts; empty: it
  /// is there, or the program takes no plan.
  std::optional<std::string> plan;
  HistoryEntry entry;  ///< Program, machine, counts, and the wall time that is predicted.
};

/// Samples and decides, or takes what is in files. `script_file` is where the script is to be; the
/// plan lies beside it. The child may be empty where nothing is sampled. Throws InfeasibleError
/// with the deciding reason.
[[nodiscard]] SizedJob size_job(const SubmitOptions& options, ChildLine& child,
                                const std::filesystem::path& script_file, const Talk& talk);

}  // namespace mpisize::tools
