#include "mpisize/mpi/check.hpp"

#include <array>
#include <string>

#include "mpisize/mpi/error.hpp"

namespace mpisize {

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw MpiError(std::string(call) + ": " +
                 std::string(text.data(), static_cast<std::size_t>(length)));
}

}  // namespace mpisize
