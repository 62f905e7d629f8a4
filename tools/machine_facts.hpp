/// The machine: from a file, a description, the cache, or measured.
#pragma once

#include <optional>
#include <string>

#include "mpisize/model/machine.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// Hardware, links, dispatch and launch cost of where we are, within 10 s; kept in the cache.
/// Residuals of earlier runs stay. Throws StartError without mpirun, InputError with mpirun's words
/// if it fails.
[[nodiscard]] Machine measure_machine(const Talk& talk);

/// The cached one if it still holds, with the memory that is free now; else measured.
[[nodiscard]] Machine machine_here(const Talk& talk);

/// The cached one if it still holds.
[[nodiscard]] std::optional<Machine> machine_in_cache();

/// A machine that need not exist; every cost is assumed.
[[nodiscard]] Machine described_machine(const std::string& topology);

/// A machine from a file. Throws InputError.
[[nodiscard]] Machine read_machine(const std::string& file);

/// The machine of a file, at another topology if one is given; the described one without a file.
/// Empty if there is neither.
[[nodiscard]] std::optional<Machine> named_machine(const std::optional<std::string>& file,
                                                   const std::optional<std::string>& topology);

/// The same, or the machine here, measured if need be.
[[nodiscard]] Machine machine_for(const std::optional<std::string>& file,
                                  const std::optional<std::string>& topology, const Talk& talk);

/// The same, or the cached machine; throws UsageError if there is none. Measures nothing.
[[nodiscard]] Machine known_machine(const std::optional<std::string>& file,
                                    const std::optional<std::string>& topology);

/// Notes how far a run was from its prediction, for the interval of the next one. Only on the
/// machine that is cached.
void note_residual(const Machine& machine, double residual);

}  // namespace mpisize::tools
