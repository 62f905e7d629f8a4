/// Pictures of times over rank counts.
#pragma once

#include <string>
#include <vector>

#include "mpisize/choose/plan.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/write/json.hpp"
#include "program_request.hpp"

namespace mpisize::tools {

/// Writes the file. Throws InputError if there is no time to draw, or it cannot be written.
void draw(const std::string& file, const Machine& machine, const KernelProfile& kernel,
          const Choice& chosen, const std::vector<Choice>& by_ranks);

/// The same of a whole program, with its runs.
void draw(const std::string& file, const ProgramFile& program, const ProgramDecision& decision);

}  // namespace mpisize::tools
