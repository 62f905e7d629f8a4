/// A request to stop: SIGTERM, or SIGUSR1 (which Slurm's --signal and --warning send ahead).
#pragma once

#include <csignal>
#include <optional>

namespace mpisize {

/// Notes SIGTERM and SIGUSR1 instead of dying of them, for as long as it lives; afterwards both are
/// handled exactly as before. Objects may be nested, in which case all of them see what came since
/// the outermost was made; make and destroy them in one thread. It is of use on every rank: mpirun
/// forwards SIGTERM to all of them, and kills what is left about a second later.
///
/// A SIGTERM more than one second after the first does what it would have done before the outermost
/// object was made (as a rule: end the process), so a call that hangs can still be ended. One that
/// comes sooner is taken for the same request by another way: scancel reaches a rank directly and
/// through mpirun. A second SIGUSR1 does nothing.
class StopSignal {
 public:
  /// Throws std::system_error if the handlers cannot be set.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Number of the signal that came; SIGTERM if both did. What comes after the last question is
  /// forgotten.
  [[nodiscard]] std::optional<int> received() const;

 private:
  struct sigaction terminate_before_ {};
  struct sigaction warn_before_ {};
};

}  // namespace mpisize
