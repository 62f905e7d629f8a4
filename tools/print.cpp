#include "print.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {

void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = write(STDOUT_FILENO, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      throw InputError(
          fmt::format("cannot write to standard output: {}; give it a place that can be written",
                      std::generic_category().message(errno)));
    }
    text.remove_prefix(static_cast<std::size_t>(done));
  }
}

}  // namespace mpisize::tools
