/// The MPI programs that mpisize starts: it is no MPI program itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace mpisize::tools {

/// Path of a helper, found from where this command lies: ../libexec/mpisize, in the build tree as
/// when installed. Throws InputError if it is not there.
[[nodiscard]] std::filesystem::path helper(const std::string& name);

/// The same of a helper that not every build has; empty if this one has not.
[[nodiscard]] std::optional<std::filesystem::path> helper_if_there(const std::string& name);

}  // namespace mpisize::tools
