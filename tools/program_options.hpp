/// The options that only whole programs have. Private to options.cpp.
#pragma once

#include "grammar.hpp"
#include "options.hpp"

namespace mpisize::tools {

// Each throws UsageError.
[[nodiscard]] ProgramWishes wishes_of(const Values& values);
[[nodiscard]] SampleRules sample_rules_of(const Values& values);
[[nodiscard]] CompareOptions compare_of(const Common& common, const Values& values,
                                        const std::vector<std::string>& child);

}  // namespace mpisize::tools
