#include "mpisize/measure/machine_cache.hpp"

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

constexpr const char* of_hosts = "-hosts";  ///< Behind the first one's fingerprint.

}  // namespace

std::optional<std::filesystem::path> machine_file(const std::string& fingerprint) {
  const auto directory = cache_directory();
  if (!directory || fingerprint.empty()) return std::nullopt;
  return *directory / ("machine-" + fingerprint + ".json");
}

std::optional<Machine> cached_machine(const std::string& fingerprint) {
  const auto file = machine_file(fingerprint);
  std::error_code none;
  if (!file || !std::filesystem::exists(*file, none)) return std::nullopt;
  try {
    Machine machine = machine_from_json(read_file(*file), file->string());
    if (machine.fingerprint != fingerprint) return std::nullopt;
    return machine;
  } catch (const InputError&) {
    return std::nullopt;
  }
}

bool keep_machine(const Machine& machine) {
  const auto file = machine_file(machine.fingerprint);
  if (!file) return false;
  try {
    write_file(*file, to_json(machine));
    return true;
  } catch (const InputError&) {
    return false;
  }
}

std::optional<Machine> cached_hosts(const std::string& fingerprint) {
  return cached_machine(fingerprint + of_hosts);
}

bool keep_hosts(Machine machine) {
  machine.fingerprint += of_hosts;
  return keep_machine(machine);
}

}  // namespace mpisize
