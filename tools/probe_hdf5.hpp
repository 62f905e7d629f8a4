/// A look at a dataset instead of the machine.
#pragma once

#include <string>

#include "options.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Prints what the dataset is, how fast it is read as it is and with other chunks, and the line
/// that would change it. Throws InputError.
int probe_dataset(const std::string& path, const Common& common, const Talk& talk);

}  // namespace mpisize::tools
