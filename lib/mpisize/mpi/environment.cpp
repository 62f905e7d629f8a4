#include "mpisize/mpi/environment.hpp"

#include <cstdlib>

#include "mpisize/measure/cache.hpp"

namespace mpisize {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::optional<ProfileRequest> profile_request() {
  const std::string value = variable("MPISIZE_PROFILE");
  if (value.empty()) return std::nullopt;
  const auto colon = value.rfind(':');
  if (colon == std::string::npos || value.find('/', colon) != std::string::npos)
    return ProfileRequest{value, ""};
  return ProfileRequest{value.substr(0, colon), value.substr(colon + 1)};
}

std::optional<PlanFile> plan_request() {
  const std::string file = variable("MPISIZE_PLAN");
  if (file.empty()) return std::nullopt;
  return plan_from_json(read_file(file), file);
}

bool switched_off() { return variable("MPISIZE") == "off"; }

}  // namespace mpisize
