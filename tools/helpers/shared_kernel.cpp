#include "shared_kernel.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {

SharedKernel::SharedKernel(const std::string& library, const std::string& symbol,
                           std::size_t result_bytes)
    : result_bytes_(result_bytes) {
  // Without a slash the loader would look elsewhere.
  const std::string path = std::filesystem::absolute(library).string();
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* const words = dlerror();
    throw InputError("cannot load the kernel '" + library +
                     "': " + (words == nullptr ? "no reason given" : words) +
                     "; give a shared library (cc -shared -fPIC)");
  }
  library_ = {handle, [](void* loaded) { dlclose(loaded); }};
  function_ = reinterpret_cast<Function>(dlsym(handle, symbol.c_str()));
  if (function_ == nullptr) {
    throw InputError("the kernel library '" + library + "' has no function '" + symbol +
                     "'; name it with --symbol, and make it extern \"C\" in C++");
  }
}

Row SharedKernel::operator()(const Row& item, std::int64_t index) const {
  Row result(result_bytes_);
  const int status = function_(index, item.data(), item.size(), result.data(), result.size());
  if (status != 0) throw std::runtime_error("the kernel returned " + std::to_string(status));
  return result;
}

}  // namespace mpisize::tools
