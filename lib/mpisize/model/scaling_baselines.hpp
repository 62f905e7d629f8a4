/// Scaling laws of the literature, fitted to the same runs, and how well each model predicts a rank
/// count that it has not seen.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "mpisize/model/program_model.hpp"

namespace mpisize {

enum class Baseline {
  amdahl,  ///< T1 (s + (1 - s) / P), Amdahl 1967.
  usl,  ///< T1 (1 + sigma (P - 1) + kappa P (P - 1)) / P, Universal Scalability Law, Gunther 2007.
  ernest,  ///< a + b / P + c log P + d P, none negative, Venkataraman et al. 2016.
  hockney  ///< W / P, or W of weak scaling, + what the link model makes of the calls + launch,
           ///< nothing corrected.
};
inline constexpr std::array<Baseline, 4> all_baselines{Baseline::amdahl, Baseline::usl,
                                                       Baseline::ernest, Baseline::hockney};
[[nodiscard]] std::string_view name_of(Baseline baseline);

/// Seconds of the launcher's wall time (of a repetition where runs were cut off) on `config`, by
/// least squares of relative residuals on the median of each configuration with the base number of
/// threads. Empty without one.
[[nodiscard]] std::optional<double> predict(Baseline baseline, const ProgramModel& model,
                                            const ProgramConfig& config);

/// One rank count left out of the fit, and predicted / measured - 1 of it.
struct HeldOut {
  int ranks = 1;
  double measured = 0;             ///< Seconds.
  std::optional<double> of_model;  ///< Empty: it has no value.
  std::array<std::optional<double>, all_baselines.size()> of_baselines;
};

/// Leaves each rank count out in turn; empty for fewer than three. The model's own refusals do not
/// count where it can still give a value.
[[nodiscard]] std::vector<HeldOut> held_out(const std::vector<ProgramRun>& runs,
                                            const Machine& machine,
                                            const ProgramModelOptions& options = {});

}  // namespace mpisize
