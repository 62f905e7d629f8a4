#include "mpisize/write/thread_settings.hpp"

#include <algorithm>
#include <array>

#include "mpisize/write/mpirun_said.hpp"

namespace mpisize {
namespace {

constexpr std::string_view openmp = "OMP_NUM_THREADS";
constexpr std::array<std::string_view, 3> names{openmp, "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"};

}  // namespace

std::vector<std::pair<std::string, std::string>> own_thread_settings(
    std::span<const std::string> mpirun_options, const Variables& environment) {
  const MpirunSaid said = what_is_said(mpirun_options);
  std::vector<std::pair<std::string, std::string>> own;
  for (const std::string_view name : names) {
    const std::string key(name);
    std::string value;
    if (const auto found = environment.find(key); found != environment.end()) value = found->second;
    const auto exported = said.variables.find(key);
    if (exported != said.variables.end() && exported->second) value = *exported->second;
    if (!value.empty()) own.emplace_back(key, value);
  }
  return own;
}

ThreadSettings thread_settings(int threads, std::span<const std::string> mpirun_options,
                               const Variables& environment) {
  ThreadSettings settings;
  settings.kept = own_thread_settings(mpirun_options, environment);
  const auto is_kept = [&](std::string_view name) {
    return std::any_of(settings.kept.begin(), settings.kept.end(),
                       [&](const auto& own) { return own.first == name; });
  };
  if (is_kept(openmp)) return settings;
  for (const std::string_view name : names) {
    if (!is_kept(name)) settings.set.emplace(name, std::to_string(threads));
  }
  return settings;
}

}  // namespace mpisize
