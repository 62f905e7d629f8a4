#include "errors.hpp"

#include "mpisize/measure/process.hpp"

namespace mpisize::tools {

int exit_code_of(const std::exception& error, ExitCodes codes) {
  constexpr int signal_base = 128;
  constexpr int own_failure_of_run = 125;
  constexpr int usage = 2;
  constexpr int infeasible = 3;
  constexpr int anything_else = 4;
  if (const auto* e = dynamic_cast<const Interrupted*>(&error)) return signal_base + e->signal();
  if (codes == ExitCodes::of_run) {
    const auto* start = dynamic_cast<const StartError*>(&error);
    return start != nullptr ? start->exit_code() : own_failure_of_run;
  }
  if (dynamic_cast<const UsageError*>(&error) != nullptr) return usage;
  if (dynamic_cast<const InfeasibleError*>(&error) != nullptr) return infeasible;
  return anything_else;
}

}  // namespace mpisize::tools
