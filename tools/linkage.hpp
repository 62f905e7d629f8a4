/// Whether a program can be sampled from within.
#pragma once

#include <string>

namespace mpisize::tools {

enum class Linkage {
  linked,      ///< It has mpisize in it, or loads a library that has.
  not_linked,  ///< An executable without.
  unknown      ///< A script: what it loads shows when it runs.
};

/// By a look into all of the file. Throws StartError if the program is not there.
[[nodiscard]] Linkage linkage_of(const std::string& program);

/// Whether libraries are loaded into it when it starts, preloaded ones among them: not into a
/// static executable. Throws StartError if the program is not there.
[[nodiscard]] bool loads_libraries(const std::string& program);

}  // namespace mpisize::tools
