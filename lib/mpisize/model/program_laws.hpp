/// Which laws a part of a program's time may follow, and what was seen of it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "mpisize/model/program_model.hpp"

namespace mpisize {

/// `linked`: the link model has something to say; `serial_root`: nothing of it, rank 0 may do work
/// of its own.
[[nodiscard]] std::vector<Law> laws_of(Part part, const ProgramModel& model);

/// Before anything is seen the correction of the link model is 1 +- 1, that of the launch model 1
/// +- 0.3.
[[nodiscard]] std::optional<Anchor> anchor_of(Part part);

/// One for each configuration with the base number of threads; without those that say nothing of
/// the part (one rank of its communication). Computing is without the share of the mean that rank 0
/// does alone, once root_excess is fitted. Errors: spread over the repetitions, pooled, and what
/// laws leave out at best.
[[nodiscard]] std::vector<Observed> observed_of(Part part, const ProgramModel& model);

/// Relative standard deviation of a run beside another of the same configuration: pooled over all
/// configurations, together with 2 % assumed that count as much as one repetition.
[[nodiscard]] double run_noise(const ProgramPoints& points);

/// The same of the time outside the ranks; 5 % assumed.
[[nodiscard]] double launch_noise(const ProgramPoints& points);

/// Ranks besides rank 0, or it alone.
[[nodiscard]] int others(int ranks);

/// Seconds that rank 0 computes alone, whatever P is: the constant part of root_excess.
[[nodiscard]] double alone(std::span<const Term> terms, std::span<const double> coefficients);

/// What the terms are evaluated at, but for the mean computing time.
[[nodiscard]] TermInputs inputs_of(const ProgramModel& model, const ProgramConfig& config);

}  // namespace mpisize
