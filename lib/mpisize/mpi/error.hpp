/// Errors of a call.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace mpisize {

/// A kernel, source or sink threw. Equal on every rank; where it was thrown, the original is
/// nested.
class KernelError : public std::runtime_error {
 public:
  KernelError(std::int64_t item, int rank, std::string host, const std::string& what)
      : std::runtime_error(what), item_(item), rank_(rank), host_(std::move(host)) {}

  [[nodiscard]] std::int64_t item() const { return item_; }  ///< Lowest failing index seen.
  [[nodiscard]] int rank() const { return rank_; }           ///< Of the communicator.
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  std::int64_t item_;
  int rank_;
  std::string host_;
};

/// No plan meets the limits (Options::max_memory, deadline); nothing more was computed.
class InfeasibleError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An MPI function failed.
class MpiError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mpisize
