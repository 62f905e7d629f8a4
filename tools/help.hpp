/// The words of --help.
#pragma once

#include <string>
#include <string_view>

namespace mpisize::tools {

/// How a command is used, what it does, and an example.
struct CommandHelp {
  std::string_view name;
  std::string_view usage;    ///< Behind "mpisize NAME".
  std::string_view summary;  ///< One line.
  std::string_view details;  ///< A paragraph, lines ended.
  std::string_view example;  ///< Lines ended.
};

[[nodiscard]] const CommandHelp& help_of(std::string_view command);

/// mpisize --help.
[[nodiscard]] std::string general_help();

/// mpisize --version.
[[nodiscard]] std::string version_text();

}  // namespace mpisize::tools
