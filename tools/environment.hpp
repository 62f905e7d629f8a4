/// The variables of this process.
#pragma once

#include <map>
#include <string>

namespace mpisize::tools {

[[nodiscard]] std::map<std::string, std::string> environment_here();

}  // namespace mpisize::tools
