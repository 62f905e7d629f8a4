/// How a call ends on a rank.
#pragma once

#include <exception>
#include <string>

#include "mpisize/mpi/dispatcher.hpp"
#include "mpisize/mpi/worker.hpp"

namespace mpisize {

/// A failure as the text that travels with StopReason::kernel_failed.
[[nodiscard]] std::string failure_text(const Failure& failure);

/// Throws the KernelError of such a text, with `thrown` nested if this rank threw it.
[[noreturn]] void throw_kernel_error(const std::string& text, const std::exception_ptr& thrown);

/// Throws what the root threw; returns for StopReason::done and prepared; ends the program for
/// profiled.
void throw_if_failed(const Ending& ending);

/// Flushes stdio, finalises MPI and ends the program with status 0: what MPISIZE_PROFILE asks for.
[[noreturn]] void end_program();

}  // namespace mpisize
