#include "mpisize/mpi/ending.hpp"

#include <mpi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "mpisize/mpi/error.hpp"

namespace mpisize {

std::string failure_text(const Failure& failure) {
  return std::to_string(failure.item) + '\n' + std::to_string(failure.rank) + '\n' + failure.host +
         '\n' + failure.what;
}

void throw_kernel_error(const std::string& text, const std::exception_ptr& thrown) {
  std::size_t at = 0;
  const auto next_line = [&] {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = std::min(end + 1, text.size());
    return line;
  };
  const std::string item = next_line();
  const std::string rank = next_line();
  const std::string host = next_line();
  const KernelError error(
      std::stoll(item), std::stoi(rank), host,
      "item " + item + " failed on rank " + rank + " (" + host + "): " + text.substr(at));
  if (!thrown) throw error;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& wrapper) {
    // What the kernel threw lies inside the wrapper that named the item.
    try {
      std::rethrow_if_nested(wrapper);
    } catch (...) {
      std::throw_with_nested(error);
    }
    std::throw_with_nested(error);
  } catch (...) {
    std::throw_with_nested(error);
  }
}

void throw_if_failed(const Ending& ending) {
  switch (ending.reason) {
    case StopReason::done:
    case StopReason::prepared:
      return;
    case StopReason::profiled:
      end_program();
    case StopReason::kernel_failed:
      throw_kernel_error(ending.text, std::stoll(ending.text) == ending.own_failure.item
                                          ? ending.own_failure.thrown
                                          : nullptr);
    case StopReason::invalid:
      throw std::invalid_argument(ending.text);
    case StopReason::infeasible:
      throw InfeasibleError(ending.text);
    case StopReason::broken:
      throw std::runtime_error(ending.text);
  }
}

void end_program() {
  std::cout.flush();
  std::fflush(nullptr);
  MPI_Finalize();
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace mpisize
