/// The launch lines' part of a patch. Private.
#pragma once

#include <vector>

#include "mpisize/write/sbatch_patch.hpp"
#include "mpisize/write/script_body.hpp"
#include "mpisize/write/script_editor.hpp"

namespace mpisize {

/// The launch lines that start the program; none, with a remark, if that cannot be told.
[[nodiscard]] std::vector<const Launch*> lines_of_program(const ScriptBody& body,
                                                          const PatchOptions& options,
                                                          std::vector<Finding>& remarks);

/// Numbers of these lines, and of OMP_NUM_THREADS.
void patch_launches(const SbatchScript& script, const ScriptBody& body,
                    const std::vector<const Launch*>& launches, const PatchOptions& options,
                    ScriptEditor& editor, std::vector<Finding>& remarks);

}  // namespace mpisize
