/// Machines that were measured before, kept by fingerprint in the cache directory.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mpisize/model/machine.hpp"

namespace mpisize {

/// Where the machine of a fingerprint is kept, there or not; empty without a cache directory.
[[nodiscard]] std::optional<std::filesystem::path> machine_file(const std::string& fingerprint);

/// The machine kept under a fingerprint. Empty if there is none, or none that can be read: it is
/// then measured again.
[[nodiscard]] std::optional<Machine> cached_machine(const std::string& fingerprint);

/// Keeps it under its fingerprint. Whether that worked is no matter: the cache only saves time.
bool keep_machine(const Machine& machine);

/// The hosts that were probed together with the one of this fingerprint, the first of them.
[[nodiscard]] std::optional<Machine> cached_hosts(const std::string& fingerprint);

/// The same as keep_machine, beside what is kept of the first host alone.
bool keep_hosts(Machine machine);

}  // namespace mpisize
